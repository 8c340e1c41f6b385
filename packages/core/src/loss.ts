import { FocalLossError, type Problem } from './errors.ts';
import type { Link, Member, Param } from './formulas/member.ts';
import type { Formula } from './ops.ts';

/**
 * What is made of the losses of the single entries.
 *
 * - `'mean'`: their sum divided by the denominator that {@link Normalizer} names,
 * - `'sum'`: their sum,
 * - `'none'`: nothing; one loss for each target.
 */
export type Reduction = 'mean' | 'sum' | 'none';

/**
 * What `'mean'` divides by. Ignored entries count in none of them.
 *
 * - `'count'`: the number of entries (softmax: rows),
 * - `'positives'`: the sum of the targets (softmax: the number of rows not of class `background`), at least 1: the
 *   paper's normalisation by the anchors assigned to an object, §4.1,
 * - `'weights'`: the sum of the weights, the count if there are none.
 */
export type Normalizer = 'count' | 'positives' | 'weights';

/** What every loss takes. */
export interface CommonOptions<R extends Reduction = Reduction> {
  /** Default `'mean'`. */
  reduction?: R;
  /** Default `'count'`. Only for reduction `'mean'`. */
  normalizer?: Normalizer;
  /** An integer. Entries with this target add nothing to value, gradient or denominator. */
  ignoreIndex?: number;
}

/** What every sigmoid loss takes. */
export interface SigmoidOptions<R extends Reduction = Reduction> extends CommonOptions<R> {
  /**
   * α in [0, 1]: entries are multiplied by α_t = yα + (1−y)(1−α), so positives by α and negatives by 1−α (paper eq. 3).
   * Off unless given. The best α beside γ = 2 is 0.25: γ already turns the negatives down so far that it is the
   * positives that need holding back.
   */
  alpha?: number;
}

/** What every softmax loss takes. */
export interface SoftmaxOptions<R extends Reduction = Reduction> extends CommonOptions<R> {
  /** One weight ≥ 0 a class, by which rows of that class are multiplied. Off unless given. */
  alpha?: readonly number[];
  /** The class index that means "no object", for normalizer `'positives'`. */
  background?: number;
}

/** A loss, validated and frozen: all an adapter ever gets to see. */
export interface Loss<R extends Reduction = Reduction> {
  /** The factory that made it, or the name given to {@link defineLoss}. */
  readonly name: string;
  readonly link: Link;
  readonly formula: Formula;
  /** γ, β, … under the names the formula reads. */
  readonly params: Readonly<Record<string, number>>;
  readonly alpha: number | readonly number[] | undefined;
  readonly reduction: R;
  readonly normalizer: Normalizer;
  readonly ignoreIndex: number | undefined;
  readonly background: number | undefined;
}

/** The options of a link's losses. */
export type LinkOptions<L extends Link, R extends Reduction = Reduction> = L extends 'sigmoid'
  ? SigmoidOptions<R>
  : SoftmaxOptions<R>;

/** Turns options into a {@link Loss}, or throws a {@link FocalLossError} that names everything wrong with them. */
export type Factory<Name extends string, L extends Link, Omitted extends string = never> = <
  R extends Reduction = 'mean',
>(
  options?: { [N in Name]?: number } & Omit<LinkOptions<L, R>, Omitted>,
) => Loss<R>;

/** A loss of your own, for {@link defineLoss}. */
export type LossDefinition<R extends Reduction = Reduction> = {
  /** Appears in error messages and reports. */
  name: string;
  formula: Formula;
  /** The numbers that the formula reads as its last argument. */
  params?: Readonly<Record<string, number>>;
} & (({ link?: 'sigmoid' } & SigmoidOptions<R>) | ({ link: 'softmax' } & SoftmaxOptions<R>));

/** The factory of `member` at `link`: `factory(focal, 'sigmoid', 'sigmoidFocal')` is `sigmoidFocal`. */
export function factory<Name extends string, L extends Link, Omitted extends string = never>(
  member: Member<Name>,
  link: L,
  name: string,
  omitted: readonly Omitted[] = [],
): Factory<Name, L, Omitted> {
  const checks = { ...paramChecks(member.params), ...optionChecks(link) };
  for (const option of omitted) delete checks[option];
  return (options = {} as never) => {
    check(name, options, checks, link);
    const given = options as Record<string, number | undefined>;
    const defaults = Object.entries<Param>(member.params);
    const params = Object.fromEntries(defaults.map(([key, param]) => [key, given[key] ?? param.default]));
    return freeze(name, link, member.formula as Formula, params, given);
  };
}

/**
 * A member of your own: every adapter, reduction and check of the library works with it. Its gradient is derived.
 *
 * @example
 * ```ts
 * const poly1 = defineLoss({
 *   name: 'poly1',
 *   params: { epsilon: 1 },
 *   formula: (o, x, y, { epsilon }) => {
 *     const hit = o.add(o.mul(y, o.sigmoid(x)), o.mul(o.sub(o.constant(1), y), o.sigmoid(o.neg(x))));
 *     return o.add(crossEntropy.formula(o, x, y, {}), o.mul(epsilon, o.sub(o.constant(1), hit)));
 *   },
 * });
 * ```
 *
 * @throws {@link FocalLossError} if an option is missing, unknown or out of range.
 */
export function defineLoss<R extends Reduction = 'mean'>(definition: LossDefinition<R>): Loss<R> {
  const { name, formula, params = {}, link = 'sigmoid', ...options } = definition;
  const problems: Problem[] = [];
  if (typeof name !== 'string' || name === '') problems.push({ field: 'name', got: name, takes: 'a name' });
  if (typeof formula !== 'function') {
    problems.push({ field: 'formula', got: formula, takes: 'a function (o, x, y, params) => loss' });
  }
  if (link !== 'sigmoid' && link !== 'softmax') {
    problems.push({ field: 'link', got: link, takes: "'sigmoid' or 'softmax'" });
  }
  for (const [key, value] of Object.entries(params)) {
    if (!finite(value)) problems.push({ field: `params.${key}`, got: value, takes: 'a finite number' });
  }
  if (problems.length > 0) throw new FocalLossError('defineLoss', problems);
  check(name, options, optionChecks(link), link);
  return freeze(name, link, formula, params, options);
}

function freeze<R extends Reduction>(
  name: string,
  link: Link,
  formula: Formula,
  params: Loss['params'],
  options: object,
): Loss<R> {
  const { alpha, reduction, normalizer, ignoreIndex, background } = options as SigmoidOptions<R> & SoftmaxOptions<R>;
  return Object.freeze({
    name,
    link,
    formula,
    params: Object.freeze({ ...params }),
    alpha: Array.isArray(alpha) ? Object.freeze([...alpha]) : alpha,
    reduction: reduction ?? ('mean' as R),
    normalizer: normalizer ?? 'count',
    ignoreIndex,
    background,
  });
}

/** What a field takes, in words, and whether a value is that. */
interface Check {
  readonly takes: string;
  readonly accepts: (value: unknown) => boolean;
}

function check(name: string, options: object, checks: Record<string, Check>, link: Link): void {
  if (typeof options !== 'object' || options === null) {
    throw new FocalLossError(name, [{ field: 'options', got: options, takes: 'an object' }]);
  }
  const problems: Problem[] = [];
  for (const [field, got] of Object.entries(options)) {
    if (got === undefined) continue;
    const known = checks[field];
    if (known === undefined) {
      problems.push({ field, got, takes: `nothing: the options are ${Object.keys(checks).join(', ')}` });
    } else if (!known.accepts(got)) problems.push({ field, got, takes: known.takes });
  }
  const { reduction = 'mean', normalizer, background } = options as CommonOptions & SoftmaxOptions;
  if (problems.length === 0 && normalizer !== undefined && reduction !== 'mean') {
    problems.push({ field: 'normalizer', got: normalizer, takes: `nothing beside reduction '${reduction}'` });
  }
  if (problems.length === 0 && link === 'softmax' && normalizer === 'positives' && background === undefined) {
    problems.push({ field: 'background', got: background, takes: "a class index: normalizer 'positives' needs it" });
  }
  if (problems.length > 0) throw new FocalLossError(name, problems);
}

const finite = (value: unknown): value is number => Number.isFinite(value);
const integer = (value: unknown): value is number => Number.isInteger(value);

function oneOf(...words: string[]): Check {
  return { takes: words.map((word) => `'${word}'`).join(' or '), accepts: (value) => words.includes(value as string) };
}

function optionChecks(link: Link): Record<string, Check> {
  const common = {
    reduction: oneOf('mean', 'sum', 'none'),
    normalizer: oneOf('count', 'positives', 'weights'),
    ignoreIndex: { takes: 'an integer', accepts: integer },
  };
  if (link === 'sigmoid') {
    const accepts = (value: unknown) => finite(value) && value >= 0 && value <= 1;
    return { alpha: { takes: 'a number in [0, 1]', accepts }, ...common };
  }
  return {
    alpha: {
      takes: 'an array with a finite weight ≥ 0 for each class (a single number would only rescale the loss)',
      accepts: (value) => Array.isArray(value) && value.every((weight) => finite(weight) && weight >= 0),
    },
    background: { takes: 'a class index', accepts: (value) => integer(value) && value >= 0 },
    ...common,
  };
}

function paramChecks(params: Readonly<Record<string, Param>>): Record<string, Check> {
  const entries = Object.entries(params).map(([name, { min = -Infinity, exclusive = false }]) => {
    const range = min === -Infinity ? '' : ` ${exclusive ? '>' : '≥'} ${min}`;
    const accepts = (value: unknown) => finite(value) && (exclusive ? value > min : value >= min);
    return [name, { takes: `a finite number${range}`, accepts }];
  });
  return Object.fromEntries(entries);
}
