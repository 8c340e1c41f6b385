import { FocalLossError } from '@focal-loss/core';
import { entriesAtOnce, isSingly, type KernelSpec, WORKGROUP } from './spec.ts';
import { bytesOf, bytesOfTarget } from './storage.ts';

/** The entries of one dispatch. */
export interface Chunk {
  readonly first: number;
  readonly n: number;
  readonly groups: number;
  /** Where this chunk's partial sums begin. */
  readonly firstPartial: number;
}

/** How a call is cut into dispatches. */
export interface Plan {
  readonly chunks: readonly Chunk[];
  /** Partial sums of all chunks together. */
  readonly partials: number;
  /** Invocations that share a row. */
  readonly lanes: number;
  /** Logits that an invocation takes at once. */
  readonly width: KernelSpec['width'];
}

/** What of a device matters here. */
export interface Capacity {
  readonly limits: Pick<GPUSupportedLimits, 'maxStorageBufferBindingSize' | 'minStorageBufferOffsetAlignment'>;
  /** Absent in older browsers. */
  readonly adapterInfo?: Pick<GPUAdapterInfo, 'isFallbackAdapter'>;
}

/**
 * How many workgroups one dispatch has at most, and for how many turns each has work before there is another. A GPU is filled by two
 * thousand, whose sums one workgroup adds up in a few turns; beyond that they take entries in strides. Software, which has a few
 * threads and pays for each invocation that waits at a barrier, gets few.
 */
const groupsOn = ({ adapterInfo }: Capacity): { readonly most: number; readonly turns: number } =>
  adapterInfo?.isFallbackAdapter ? { most: 32, turns: 16 } : { most: 2048, turns: 1 };

/** Invocations that share a row: alone where rows are short, so that nobody waits; all of a workgroup where they are long. */
export const lanesFor = (classes: number): number => (classes <= 32 ? 1 : classes <= 1024 ? 16 : WORKGROUP);

/** Logits that an invocation takes at once, of so many. */
export const widthFor = (spec: Sized, n: number): KernelSpec['width'] =>
  spec.loss.link === 'softmax' ? 1 : n % 4 === 0 && !isSingly(spec) ? 4 : spec.dtype === 'float16' ? 2 : 1;

type Sized = Pick<KernelSpec, 'loss' | 'dtype' | 'wants'>;

/** What of a call says how it is cut. */
export interface Cuttable extends Pick<KernelSpec, 'loss' | 'dtype' | 'wants' | 'targets' | 'targetRows'> {
  readonly rows: number;
  readonly classes: number;
  /** So many rows lie between one another. */
  readonly inner: number;
}

/** The least common multiple. */
function common(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small > 0) [large, small] = [small, large % small];
  return (a / large) * b;
}

/**
 * Cuts a call into dispatches, each of which reads and writes no more than can be bound at once and starts where a
 * binding may start.
 *
 * @throws {@link FocalLossError} if the device cannot bind as many rows as it takes to reach the next such place.
 */
export function plan(call: Cuttable, device: Capacity): Plan {
  const { loss, dtype, wants, targets, targetRows, rows, classes, inner } = call;
  const { maxStorageBufferBindingSize: most, minStorageBufferOffsetAlignment: alignment } = device.limits;
  const lanes = lanesFor(classes);
  const width = widthFor(call, rows);
  const ofLogit = Math.max(bytesOf(dtype), wants.includes('hess') ? 4 : 0, targetRows ? bytesOfTarget(targets) : 0);
  const bytes = Math.max(classes * ofLogit, 4);
  // So many entries end at a multiple of the alignment, in every buffer, and where no row has begun that goes on.
  const unit = common(alignment / Math.min(bytesOf(dtype), bytesOfTarget(targets)), inner);
  const whole = Math.floor(most / bytes / unit) * unit;
  if (whole === 0 && rows * bytes > most) {
    const takes = `rows of which ${unit} fit the device's maxStorageBufferBindingSize of ${most} bytes`;
    throw new FocalLossError(loss.name, [{ field: 'logits', got: `${classes} classes`, takes }]);
  }
  const atOnce = rows * bytes <= most ? rows : whole;
  const { most: mostGroups, turns } = groupsOn(device);
  const perGroup = entriesAtOnce({ loss, lanes, width }) * (loss.link === 'softmax' ? 1 : turns);
  const chunks: Chunk[] = [];
  let partials = 0;
  for (let first = 0; first < rows; first += atOnce) {
    const n = Math.min(atOnce, rows - first);
    const groups = Math.min(Math.ceil(n / perGroup), mostGroups);
    chunks.push({ first, n, groups, firstPartial: partials });
    partials += groups;
  }
  return { chunks, partials, lanes, width };
}
