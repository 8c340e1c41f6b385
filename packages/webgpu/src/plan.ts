import { FocalLossError, type Layout, type Loss } from '@focal-loss/core';
import { entriesAtOnce, type KernelSpec, WORKGROUP } from './spec.ts';
import { bytesOf, type Dtype } from './storage.ts';

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
 * Workgroups of one dispatch at most. Each takes entries in strides, so that the 65,535 that a dispatch may have are
 * never reached. Enough to fill the largest GPU; software, which has a few threads and pays for each invocation that
 * waits at a barrier, gets few.
 */
const mostGroups = ({ adapterInfo }: Capacity): number => (adapterInfo?.isFallbackAdapter ? 32 : 16384);

/** Entries that an invocation takes, if there are enough for all. */
const PER_LANE = 16;

/** Invocations that share a row: alone where rows are short, so that nobody waits; all of a workgroup where they are long. */
export const lanesFor = (classes: number): number => (classes <= 32 ? 1 : classes <= 1024 ? 16 : WORKGROUP);

/** Logits that an invocation takes at once, of so many. */
export const widthFor = ({ link }: Loss, dtype: Dtype, n: number): KernelSpec['width'] =>
  link === 'softmax' ? 1 : dtype === 'float16' ? 2 : n % 4 === 0 ? 4 : 1;

/**
 * Cuts a call into dispatches, each of which reads and writes no more than can be bound at once and starts where a
 * binding may start.
 *
 * @throws {@link FocalLossError} if the device cannot bind as many rows as it takes to reach the next such place.
 */
export function plan(loss: Loss, { rows, classes }: Layout, dtype: Dtype, device: Capacity): Plan {
  const { maxStorageBufferBindingSize: most, minStorageBufferOffsetAlignment: alignment } = device.limits;
  const lanes = lanesFor(classes);
  const width = widthFor(loss, dtype, rows);
  const bytes = Math.max(classes * bytesOf(dtype), 4);
  // So many entries end at a multiple of the alignment, in every buffer.
  const unit = alignment / bytesOf(dtype);
  const whole = Math.floor(most / bytes / unit) * unit;
  if (whole === 0 && rows * bytes > most) {
    const takes = `rows of which ${unit} fit the device's maxStorageBufferBindingSize of ${most} bytes`;
    throw new FocalLossError(loss.name, [{ field: 'logits', got: `${classes} classes`, takes }]);
  }
  const atOnce = rows * bytes <= most ? rows : whole;
  const perGroup = entriesAtOnce({ loss, lanes, width }) * (loss.link === 'softmax' ? 1 : PER_LANE);
  const chunks: Chunk[] = [];
  let partials = 0;
  for (let first = 0; first < rows; first += atOnce) {
    const n = Math.min(atOnce, rows - first);
    const groups = Math.min(Math.ceil(n / perGroup), mostGroups(device));
    chunks.push({ first, n, groups, firstPartial: partials });
    partials += groups;
  }
  return { chunks, partials, lanes, width };
}
