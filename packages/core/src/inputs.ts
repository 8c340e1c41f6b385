import { FocalLossError, type Problem } from './errors.ts';
import type { Loss } from './loss.ts';
import { type Checks, checkOptions } from './options.ts';

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

/** What each call takes beside logits and targets; the arrays and the shape are looked at by {@link layout}. */
const anything = { takes: '', accepts: () => true };
const CALL_OPTIONS: Checks = { shape: anything, weights: anything, normalizer: anything };

/** Whether `got` is an array of some kind: no text, no Set, nothing that merely has a length. */
export const isArray = (got: unknown): got is ArrayLike<unknown> =>
  Array.isArray(got) || (ArrayBuffer.isView(got) && !(got instanceof DataView));

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
  const checks = { ...CALL_OPTIONS, ...Object.fromEntries(also.map((field) => [field, anything])) };
  const { shape, weights } = checkOptions(loss.name, options, checks) as typeof options;
  const problems: Problem[] = [];
  for (const [field, got] of Object.entries({ logits, targets, ...(weights !== undefined && { weights }) })) {
    if (!isArray(got)) problems.push({ field, got, takes: 'an array of numbers' });
  }
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);

  const made = sizes(loss, logits, shape, problems);
  if (problems.length === 0) {
    const one = loss.link === 'softmax' ? 'one a row' : 'one a logit';
    expectLength(problems, 'targets', targets, made.rows, one);
    if (weights !== undefined) expectLength(problems, 'weights', weights, made.rows, one);
    problems.push(...alphaProblems(loss, made.classes));
  }
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);
  return made;
}

/** Rows and classes of so many logits, as their shape says. */
function sizes({ link }: Loss, logits: ArrayLike<number>, shape: unknown, problems: Problem[]): Layout {
  const none = { rows: logits.length, classes: 1 };
  if (shape !== undefined && !isShape(shape)) {
    problems.push({ field: 'shape', got: shape, takes: 'an array of sizes' });
    return none;
  }
  if (link === 'softmax' && (shape?.length !== 2 || shape[1] < 2)) {
    problems.push({ field: 'shape', got: shape, takes: '[rows, classes] with at least 2 classes' });
    return none;
  }
  if (shape === undefined) return none;
  const size = shape.reduce((product, one) => product * one, 1);
  expectLength(problems, 'logits', logits, size, `the product of shape [${shape}]`);
  return link === 'softmax' ? { rows: shape[0], classes: shape[1] } : none;
}

/** Whole numbers ≥ 0, one for each axis. */
export const isShape = (shape: unknown): shape is readonly number[] =>
  Array.isArray(shape) && Array.from(shape).every((size) => Number.isInteger(size) && size >= 0);

/** What is wrong with α for so many classes. */
export const alphaProblems = ({ alpha }: Loss, classes: number): Problem[] =>
  Array.isArray(alpha) && alpha.length !== classes
    ? [{ field: 'alpha', got: alpha, takes: `one weight for each of the ${classes} classes` }]
    : [];

function expectLength(problems: Problem[], field: string, got: ArrayLike<unknown>, length: number, why: string): void {
  if (got.length !== length) problems.push({ field, got, takes: `${length} numbers, ${why}` });
}

/** Whether two arrays have memory in common. An array that is no view of memory has none. */
export function overlaps(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.buffer !== b.buffer) return false;
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}
