import { FocalLossError, type Problem } from './errors.ts';
import { checkLoss, type Loss } from './loss.ts';
import { anything, type Checks, checkOptions } from './options.ts';

/** What can be passed beside logits and targets. */
export interface CallOptions {
  /**
   * Of the logits, of any rank. Softmax losses need it, with the classes along {@link axis}: [rows, classes], [N, H, W, classes].
   * Sigmoid losses need it for an α a class, for weights that broadcast and for reduction `'example'`; else it is only
   * checked.
   */
  readonly shape?: readonly number[] | undefined;
  /** Which axis of `shape` has the classes: 1 for [N, classes, H, W]. From the end if negative. Default −1. */
  readonly axis?: number | undefined;
  /**
   * Finite weights ≥ 0: one for each target, or an array that broadcasts to the targets' shape as NumPy's do: one number for
   * all, one for each place of the last axis, or any shape given as `weightsShape`.
   */
  readonly weights?: ArrayLike<number> | undefined;
  /** The shape of `weights`, where it is not that of the targets: [N, 1] has one weight a row of [N, M]. */
  readonly weightsShape?: readonly number[] | undefined;
  /** A denominator for reduction `'mean'` instead of the loss's own: with the total over all parts, parts sum to the whole. */
  readonly normalizer?: number | undefined;
}

/** How many losses there are, of how many logits each is, and how far apart those lie. */
export interface Extents {
  readonly rows: number;
  /** 1 at a sigmoid. */
  readonly classes: number;
  /** The logits of a row are so far apart: the array is [outer, classes, inner], the targets [outer, inner]. 1 at a sigmoid. */
  readonly inner: number;
  /** How many classes a list of α has to have, and how far apart they lie in the logits of a sigmoid. */
  readonly categories: { readonly count: number; readonly inner: number };
  /** Indices of the first axis of the targets, and the targets of each: they may be none. */
  readonly examples: number;
  readonly perExample: number;
}

/** How a call lies in its arrays. */
export interface Layout extends Extents {
  /** Whether targets are rows of probabilities, as long as the logits. */
  readonly targetRows: boolean;
  /** How weights lie over the targets: for each axis of the targets' shape, its size and what one step costs in `weights`. */
  readonly weightSteps: readonly { readonly size: number; readonly step: number }[];
  /** Whether weights are one for each target, in order. */
  readonly plainWeights: boolean;
}

/** What each call takes beside logits and targets; the arrays and the shape are looked at by {@link layout}. */
const CALL_OPTIONS: Checks = {
  shape: anything,
  axis: anything,
  weights: anything,
  weightsShape: anything,
  normalizer: anything,
};

/** The names of {@link CallOptions}. */
export const callOptions: readonly string[] = /* @__PURE__ */ Object.keys(CALL_OPTIONS);

/** Whether `got` is an array of some kind: no text, no Set, nothing that merely has a length. */
export const isArray = (got: unknown): got is ArrayLike<unknown> =>
  Array.isArray(got) || (ArrayBuffer.isView(got) && !(got instanceof DataView));

/** Whole numbers ≥ 0, one for each axis. */
export const isShape = (shape: unknown): shape is readonly number[] =>
  Array.isArray(shape) && Array.from(shape).every((size) => Number.isInteger(size) && size >= 0);

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);

/**
 * Checks a call's arguments against each other and the shape: everything but the numbers in the arrays.
 *
 * @param also Names of options that the adapter takes beside {@link CallOptions}.
 * @throws {@link FocalLossError} naming each argument, its length and what was expected; or the loss, if it is none.
 */
export function layout(
  loss: Loss,
  logits: ArrayLike<number>,
  targets: ArrayLike<unknown>,
  options: Omit<CallOptions, 'weights'> & { readonly weights?: ArrayLike<unknown> | undefined } = {},
  also: readonly string[] = [],
): Layout {
  checkLoss('layout', loss);
  const checks = { ...CALL_OPTIONS, ...Object.fromEntries(also.map((field) => [field, anything])) };
  const { shape, axis, weights, weightsShape } = checkOptions(loss.name, options, checks) as typeof options;
  const problems: Problem[] = [];
  for (const [field, got] of Object.entries({ logits, targets, ...(weights !== undefined && { weights }) })) {
    if (!isArray(got)) problems.push({ field, got, takes: 'an array of numbers' });
  }
  refuse(loss, problems);
  const sizes = shapeOf(loss, logits.length, shape, axis);
  if (shape !== undefined) expectLength(problems, 'logits', logits, product(shape), `the product of shape [${shape}]`);
  refuse(loss, problems);

  const extents = extentsOf(loss, sizes);
  const { rows, classes, categories } = extents;
  const targetRows = classes > 1 && loss.targets === 'class' && targets.length === logits.length && rows > 0;
  if (!targetRows) {
    const rowsToo = loss.targets === 'class' ? `, or ${logits.length} probabilities` : '';
    const one = loss.link === 'softmax' ? `one per row${rowsToo}` : 'one per logit';
    expectLength(problems, 'targets', targets, rows, one);
  } else if (loss.ignoreIndex !== undefined) {
    const takes = `class indices, one per row, with ignoreIndex ${loss.ignoreIndex}: rows are left out by a weight of 0`;
    problems.push({ field: 'targets', got: targets, takes });
  }
  const steps = weightSteps(sizes.targetShape, weights, weightsShape, problems);
  problems.push(...alphaProblems(loss, categories.count, shape !== undefined));
  refuse(loss, problems);
  return {
    ...extents,
    targetRows,
    weightSteps: steps,
    plainWeights: (weights?.length ?? rows) === rows && isPlain(steps),
  };
}

/**
 * How logits lie that come without targets.
 *
 * @throws {@link FocalLossError} naming logits, shape or axis.
 */
export function layoutOfLogits(
  loss: Loss,
  logits: ArrayLike<number>,
  { shape, axis }: Pick<CallOptions, 'shape' | 'axis'>,
): Extents {
  // A name, a link and α are all that is read of it.
  if (typeof loss?.link !== 'string') checkLoss('layoutOfLogits', loss);
  const problems: Problem[] = isArray(logits) ? [] : [{ field: 'logits', got: logits, takes: 'an array of numbers' }];
  refuse(loss, problems);
  const extents = extentsOf(loss, shapeOf(loss, logits.length, shape, axis));
  if (shape !== undefined) expectLength(problems, 'logits', logits, product(shape), `the product of shape [${shape}]`);
  problems.push(...alphaProblems(loss, extents.categories.count, shape !== undefined));
  refuse(loss, problems);
  return extents;
}

/** What a shape alone says of how a call lies. */
export function extentsOf({ link }: Loss, { at, targetShape, classes }: ReturnType<typeof shapeOf>): Extents {
  return {
    rows: product(targetShape),
    classes,
    inner: link === 'softmax' ? at.inner : 1,
    categories: at,
    examples: targetShape[0] ?? 1,
    perExample: product(targetShape.slice(1)),
  };
}

function refuse({ name }: Loss, problems: readonly Problem[]): void {
  if (problems.length > 0) throw new FocalLossError(name, problems);
}

/**
 * Where the classes lie, and the shape of the targets.
 *
 * @throws {@link FocalLossError} naming shape or axis.
 */
export function shapeOf(loss: Loss, length: number, shape: unknown, axis: unknown) {
  const softmax = loss.link === 'softmax';
  const bad = (field: string, got: unknown, takes: string): never => {
    throw new FocalLossError(loss.name, [{ field, got, takes }]);
  };
  if (shape !== undefined && !isShape(shape)) return bad('shape', shape, 'an array of sizes');
  if (shape === undefined) {
    if (softmax) return bad('shape', shape, '[rows, classes] with at least 2 classes, or more axes');
    if (axis !== undefined) return bad('axis', axis, 'nothing without a shape');
    return { classes: 1, targetShape: [length], at: { count: length, inner: 1 } };
  }
  const rank = shape.length;
  const place = axis ?? -1;
  if (softmax && rank === 0) return bad('shape', shape, '[rows, classes] with at least 2 classes, or more axes');
  if (rank === 0 && axis !== undefined) return bad('axis', axis, 'nothing: a shape of no axes has none');
  if (!Number.isInteger(place) || (place as number) < -rank || (place as number) >= Math.max(rank, 1)) {
    if (axis !== undefined) return bad('axis', axis, `a whole number from ${-rank} to ${rank - 1}`);
  }
  const index = (place as number) < 0 ? rank + (place as number) : (place as number);
  const at = { count: shape[index] ?? 1, inner: product(shape.slice(index + 1)) };
  if (!softmax) return { classes: 1, targetShape: shape, at };
  if (at.count < 2) return bad('shape', shape, `[rows, classes] with at least 2 classes, along axis ${place}`);
  return { classes: at.count, targetShape: shape.filter((_, i) => i !== index), at };
}

/** How weights of a shape broadcast to the targets', from the last axis on, as NumPy's do. */
function weightSteps(
  to: readonly number[],
  weights: ArrayLike<unknown> | undefined,
  shape: unknown,
  problems: Problem[],
) {
  if (shape !== undefined && !isShape(shape)) {
    problems.push({ field: 'weightsShape', got: shape, takes: 'an array of sizes' });
    return [];
  }
  const rows = product(to);
  const length = weights?.length ?? rows;
  const from = shape ?? (length === rows ? to : [length]);
  if (product(from) !== length) {
    problems.push({
      field: 'weights',
      got: weights,
      takes: `${product(from)} numbers, the product of weightsShape [${from}]`,
    });
    return [];
  }
  let step = length;
  const steps = to.map((size, i) => {
    const own = from[i - to.length + from.length] ?? 1;
    if (own !== size && own !== 1) step = Number.NaN;
    step = own === 0 ? 0 : step / own;
    return { size, step: own === 1 ? 0 : step };
  });
  if (from.length > to.length || !steps.every(({ step }) => Number.isFinite(step))) {
    const takes = `${rows} numbers, one for each target, or a shape that broadcasts to [${to}]`;
    const [field, got] = shape === undefined ? ['weights', weights] : ['weightsShape', shape];
    problems.push({ field, got, takes });
  }
  return steps;
}

function isPlain(steps: readonly { readonly size: number; readonly step: number }[]): boolean {
  let expected = product(steps.map(({ size }) => size));
  return steps.every(({ size, step }) => {
    expected = size === 0 ? 0 : expected / size;
    return size <= 1 || step === expected;
  });
}

/**
 * The weights of a call, one for each target: those given, or a copy that is broadcast. Undefined if there are none.
 */
export function weightsOf<A extends ArrayLike<number>>(
  { rows, weightSteps: steps, plainWeights }: Layout,
  weights: A | undefined,
): A | Float64Array | undefined {
  if (weights === undefined || plainWeights) return weights;
  const all = new Float64Array(rows);
  const places = steps.map(() => 0);
  let from = 0;
  for (let i = 0; i < rows; i++) {
    all[i] = weights[from];
    for (let k = steps.length - 1; k >= 0; k--) {
      from += steps[k].step;
      if (++places[k] < steps[k].size) break;
      from -= steps[k].step * steps[k].size;
      places[k] = 0;
    }
  }
  return all;
}

/** What is wrong with α for so many classes. */
export const alphaProblems = ({ link, alpha }: Loss, classes: number, hasShape = true): Problem[] => {
  if (typeof alpha !== 'object') return [];
  if (link === 'sigmoid' && !hasShape) {
    return [{ field: 'shape', got: undefined, takes: 'the shape of the logits: alpha has one number for each class' }];
  }
  if (alpha.length === classes) return [];
  const what = link === 'sigmoid' ? 'one number' : 'one weight';
  return [{ field: 'alpha', got: alpha, takes: `${what} for each of the ${classes} classes` }];
};

function expectLength(problems: Problem[], field: string, got: ArrayLike<unknown>, length: number, why: string): void {
  if (got.length !== length) problems.push({ field, got, takes: `${length} numbers, ${why}` });
}

/** Whether two arrays have memory in common. An array that is no view of memory has none. */
export function overlaps(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.buffer !== b.buffer) return false;
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}
