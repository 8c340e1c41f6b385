import {
  alphaProblems,
  anything,
  type Checks,
  checkOptions,
  type Derivative,
  extentsOf,
  FocalLossError,
  flag,
  knownDenominator,
  type Loss,
  shapeOf,
} from '@focal-loss/core';
import { type CheckedBuffers, type EncodeOptions, optionProblems, PARTS, partsAdded, TAKES_PARTS } from './call.ts';
import { lostError, preparePipeline, type SharedResources } from './device.ts';
import type { Range } from './dispatch.ts';
import { NO_ROOM, type Setting, steps } from './encode.ts';

/**
 * A kind of call whose pipelines are made ahead: the options of `encode`, with `true` for each buffer. Without `value`, `grad` and
 * `hess` it writes value and gradient. Without a `shape` it is prepared for any number of logits of a sigmoid loss, and of a
 * softmax loss for as many classes as it has α, or few.
 */
export interface Prepared {
  readonly value?: boolean | undefined;
  readonly grad?: boolean | undefined;
  readonly hess?: boolean | undefined;
  readonly weights?: boolean | undefined;
  readonly targetRows?: boolean | undefined;
  /** `true` is one in a buffer. */
  readonly normalizer?: number | true | undefined;
  /** `true` is one in a buffer. */
  readonly scale?: number | true | undefined;
  readonly accumulate?: EncodeOptions['accumulate'];
  readonly shape?: readonly number[] | undefined;
  readonly axis?: number | undefined;
}

const orNumber = {
  takes: 'a number, or true for one in a buffer',
  accepts: (given: unknown) => typeof given === 'number' || given === true,
};
const CHECKS: Checks = {
  ...Object.fromEntries([...PARTS, 'weights', 'targetRows'].map((field) => [field, flag])),
  normalizer: orNumber,
  scale: orNumber,
  accumulate: TAKES_PARTS,
  shape: anything,
  axis: anything,
};

/**
 * The texts of all kernels that such calls need.
 *
 * @throws {@link FocalLossError} if it is no such thing, or a formula cannot be written down.
 */
export function textsFor(setting: Setting, given: unknown): Set<string> {
  const { loss } = setting;
  const call = checkOptions(loss.name, given, CHECKS) as Prepared;
  const { capacity } = setting.shared;
  const limits = { ...capacity.limits, maxStorageBufferBindingSize: Infinity };
  // Sizes that stand for any may be more than this device takes.
  const roomy = { ...setting, shared: { ...setting.shared, capacity: { ...capacity, limits } } };
  const into = call.shape === undefined ? roomy : setting;
  return new Set(callsLike(loss, call).flatMap((at) => steps(into, at, NO_ROOM).map(({ code }) => code)));
}

const NOWHERE: Range = { buffer: undefined as unknown as GPUBuffer, offset: 0, size: 0 };

/** Calls of every size that makes a difference. */
function callsLike(loss: Loss, call: Prepared): CheckedBuffers[] {
  const { shape, axis, targetRows = false, weights: weighted = false, normalizer, scale = 1 } = call;
  const asked = PARTS.filter((part) => call[part]);
  const wants: readonly Derivative[] = asked.length > 0 ? asked : ['value', 'grad'];
  const buffers = ['logits', 'targets', ...wants, ...(weighted ? ['weights'] : [])];
  if (normalizer === true) buffers.push('normalizer');
  if (scale === true) buffers.push('scale');
  const ranges = Object.fromEntries(buffers.map((name) => [name, NOWHERE])) as unknown as CheckedBuffers['ranges'];
  const problems = optionProblems(loss, call, wants, normalizer === true);
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);
  return (shape === undefined ? anyShape(loss) : [shape]).map((one) => {
    const shaped = shapeOf(loss, 0, one, axis);
    const misfits = shape === undefined ? [] : alphaProblems(loss, shaped.at.count);
    if (misfits.length > 0) throw new FocalLossError(loss.name, misfits);
    const sizes = extentsOf(loss, shaped);
    return {
      ranges,
      ...sizes,
      targetRows,
      wants,
      weighted,
      denominator: knownDenominator(loss, sizes.rows, weighted, normalizer === true ? undefined : normalizer),
      scale: scale === true ? 1 : scale,
      accumulate: partsAdded(call.accumulate, wants),
      timestampWrites: undefined,
    };
  });
}

/** Sizes that are and are not multiples of four, with few and with many sums to add up. */
function anyShape({ link, alpha }: Loss): readonly (readonly number[])[] {
  const classes = Array.isArray(alpha) ? alpha.length : link === 'softmax' ? 2 : 1;
  const many = 4 * Math.ceil(2 ** 18 / classes);
  return [1, 4, many + 1, many].map((rows) => [rows, classes]);
}

/**
 * Makes pipelines, without blocking.
 *
 * @throws {@link FocalLossError} (as a rejection) that says what failed.
 */
export async function prepared(loss: Loss, shared: SharedResources, texts: Iterable<string>): Promise<void> {
  try {
    await Promise.all(Array.from(texts, (code) => preparePipeline(shared, code)));
  } catch (error) {
    if (error instanceof FocalLossError) throw error;
    await Promise.race([shared.device.lost, new Promise((resolve) => setTimeout(resolve, 0))]);
    if (shared.lost !== undefined) throw lostError(loss.name, shared.lost);
    const takes = `one whose WGSL compiles (${error instanceof Error ? error.message : error})`;
    throw new FocalLossError(loss.name, [{ field: 'formula', got: loss.formula, takes }]);
  }
  if (shared.lost !== undefined) throw lostError(loss.name, shared.lost);
}

/** Says, in the words of `prepare`, what a call would have been prepared by. */
export function likeness(options: EncodeOptions): string {
  const { shape, axis, targetRows, normalizer, scale, accumulate } = options;
  const buffers = ['value', 'grad', 'hess', 'weights'] as const;
  const like: Prepared = {
    ...Object.fromEntries(buffers.filter((name) => options[name] !== undefined).map((name) => [name, true])),
    ...(targetRows && { targetRows }),
    ...(normalizer !== undefined && { normalizer: typeof normalizer === 'number' ? normalizer : true }),
    ...(scale !== undefined && { scale: typeof scale === 'number' ? scale : true }),
    ...(accumulate && { accumulate }),
    ...(shape && { shape }),
    ...(axis !== undefined && { axis }),
  };
  return JSON.stringify(like)
    .replace(/"(\w+)":/g, ' $1: ')
    .replaceAll('"', "'")
    .replace(/\}$/, ' }')
    .replaceAll(',', ', ')
    .replaceAll('  ', ' ');
}
