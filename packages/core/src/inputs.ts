import { FocalLossError, type Problem } from './errors.ts';
import type { Loss } from './loss.ts';

/** What can be passed beside logits and targets. */
export interface CallOptions {
  /** Of the logits. Softmax losses need it: [rows, classes]. For a sigmoid loss it is only checked. */
  readonly shape?: readonly number[] | undefined;
  /** One finite weight ≥ 0 for each target. */
  readonly weights?: ArrayLike<number> | undefined;
  /** A denominator for reduction `'mean'` instead of the loss's own: with the total over all parts, parts sum to the whole. */
  readonly normalizer?: number | undefined;
}

/** How many losses there are, and of how many logits each is. */
export interface Layout {
  readonly rows: number;
  /** 1 at a sigmoid. */
  readonly classes: number;
}

const OPTIONS: readonly string[] = ['shape', 'weights', 'normalizer'];

/**
 * Checks a call's arguments against each other and the shape: everything but the numbers in the arrays.
 *
 * @param also Names of options that the adapter takes beside {@link CallOptions}.
 * @throws {@link FocalLossError} naming each argument, its length and what was expected.
 */
export function layout(
  loss: Loss,
  logits: ArrayLike<number>,
  targets: ArrayLike<unknown>,
  options: Omit<CallOptions, 'weights'> & { readonly weights?: ArrayLike<unknown> | undefined } = {},
  also: readonly string[] = [],
): Layout {
  const { shape, weights } = options;
  const softmax = loss.link === 'softmax';
  const problems: Problem[] = [];
  const expectLength = (field: string, got: ArrayLike<unknown>, length: number, why: string) => {
    if (got?.length !== length) problems.push({ field, got, takes: `${length} numbers, ${why}` });
  };

  for (const [field, got] of Object.entries(options)) {
    const known = [...OPTIONS, ...also];
    if (!known.includes(field)) problems.push({ field, got, takes: `nothing: the options are ${known.join(', ')}` });
  }

  let rows = logits.length;
  let classes = 1;
  if (shape !== undefined && !(Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0))) {
    problems.push({ field: 'shape', got: shape, takes: 'an array of sizes' });
  } else if (softmax) {
    if (shape === undefined || shape.length !== 2 || shape[1] < 2) {
      problems.push({ field: 'shape', got: shape, takes: '[rows, classes] with at least 2 classes' });
    } else {
      [rows, classes] = shape;
      expectLength('logits', logits, rows * classes, `the product of shape [${shape}]`);
    }
  } else if (shape !== undefined) {
    const size = shape.reduce((product, length) => product * length, 1);
    expectLength('logits', logits, size, `the product of shape [${shape}]`);
  }
  if (problems.length === 0) {
    const one = softmax ? 'one a row' : 'one a logit';
    expectLength('targets', targets, rows, one);
    if (weights !== undefined) expectLength('weights', weights, rows, one);
    if (Array.isArray(loss.alpha) && loss.alpha.length !== classes) {
      problems.push({ field: 'alpha', got: loss.alpha, takes: `one weight for each of the ${classes} classes` });
    }
  }
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);
  return { rows, classes };
}

/** Whether two arrays have memory in common. An array that is no view of memory has none. */
export function overlaps(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.buffer !== b.buffer) return false;
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}
