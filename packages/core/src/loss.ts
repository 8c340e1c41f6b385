import { FocalLossError, type Problem } from './errors.ts';
import type { Labels, Link, Member, Param, Positives, TargetKind } from './formulas/member.ts';
import type { Formula } from './ops.ts';
import { type Checks, checkOptions, finite, isList, lossChecks, oneOf, paramChecks } from './options.ts';
import { literalNames } from './program.ts';
import { tryFormula } from './tried.ts';

/**
 * What is made of the losses of the single entries.
 *
 * - `'mean'`: their sum divided by the denominator that {@link Normalizer} names,
 * - `'sum'`: their sum,
 * - `'example'`: one sum for each index of the first axis of the targets, each with a gradient of its own,
 * - `'none'`: nothing; one loss for each target.
 */
export type Reduction = 'mean' | 'sum' | 'example' | 'none';

/**
 * What `'mean'` divides by. Ignored entries count in none of them.
 *
 * - `'count'`: the number of entries (softmax: rows),
 * - `'positives'`: the sum of the targets (softmax: the number of rows not of class `background`, of a row of probabilities what
 *   it gives to other classes; Gaussian focal: the number of targets that are 1), at least 1: the paper's normalisation by the
 *   anchors assigned to an object, §4.1. Label smoothing changes nothing of it,
 * - `'weights'`: the sum of the weights, the count if there are none.
 */
export type Normalizer = 'count' | 'positives' | 'weights';

/** What every loss takes. */
export interface CommonOptions<R extends Reduction = Reduction> {
  /** What is made of the losses of the entries: see {@link Reduction}. Default `'mean'`. */
  reduction?: R;
  /** What `'mean'` divides by, and only that: see {@link Normalizer}. Default `'count'`. */
  normalizer?: Normalizer;
  /** An integer. Entries with this target add nothing to value, gradient or denominator. */
  ignoreIndex?: number;
  /**
   * ε in [0, 1), by which targets are drawn towards indifference. Sigmoid: y becomes y(1−ε) + ε/2. Softmax: a class index
   * becomes a row with 1−ε + ε/C at the class and ε/C elsewhere, a row y becomes y(1−ε) + ε/C. Default 0.
   */
  labelSmoothing?: number;
}

/** What every sigmoid loss takes. */
export interface SigmoidOptions<R extends Reduction = Reduction> extends CommonOptions<R> {
  /**
   * α in [0, 1]: entries are multiplied by α_t = yα + (1−y)(1−α), so positives by α and negatives by 1−α (paper eq. 3).
   * Off unless given. The best α beside γ = 2 is 0.25: γ already turns the negatives down so far that it is the
   * positives that need holding back. A list has one α for each class along the last axis of the logits' `shape`, or along `axis`.
   */
  alpha?: number | ArrayLike<number>;
}

/** What every softmax loss takes. */
export interface SoftmaxOptions<R extends Reduction = Reduction> extends CommonOptions<R> {
  /**
   * One weight ≥ 0 a class, by which rows of that class are multiplied; of a row of probabilities, each class's part. Off
   * unless given.
   */
  alpha?: ArrayLike<number>;
  /** The class index that means "no object", for normalizer `'positives'`. */
  background?: number;
}

/** A loss, validated and frozen: all an adapter ever gets to see. */
export interface Loss<R extends Reduction = Reduction> {
  /** The factory that made it, or the name given to {@link defineLoss}. */
  readonly name: string;
  /** The key of the family's member; undefined for a loss of one's own. Kernels made ahead of time are found by it. */
  readonly key: string | undefined;
  readonly link: Link;
  readonly labels: Labels;
  readonly formula: Formula;
  /** γ, β, … under the names the formula reads. A parameter may be called like an option, and is not that option. */
  readonly params: Readonly<Record<string, number>>;
  /** The parameters that kernels write as numbers; see `literalNames`. */
  readonly literals: readonly string[];
  readonly alpha: number | readonly number[] | undefined;
  readonly reduction: R;
  readonly normalizer: Normalizer;
  readonly ignoreIndex: number | undefined;
  readonly background: number | undefined;
  /** ε; 0 where labels are not smoothed. */
  readonly labelSmoothing: number;
  /** What targets are. Where it is a class, they may also be rows of probabilities, as long as the logits. */
  readonly targets: TargetKind;
  /** What normalizer `'positives'` counts at a sigmoid. */
  readonly positives: Positives;
  /** Why the minimum does not tell a probability; undefined where it does. See `posterior`. */
  readonly untold: string | undefined;
  /**
   * The loss as data, for `JSON.stringify`; `lossFrom` gives it back.
   *
   * @throws {@link FocalLossError} of a loss of one's own, whose formula is a function and cannot travel.
   */
  toJSON(): LossData;
}

/** A loss as data: what made it, and the options that are not the defaults. */
export interface LossData {
  /** The name of the factory. */
  readonly loss: string;
  readonly [option: string]: unknown;
}

/** The options of a link's losses. */
export type LinkOptions<L extends Link, R extends Reduction = Reduction> = L extends 'sigmoid'
  ? SigmoidOptions<R>
  : SoftmaxOptions<R>;

/** Turns options into a {@link Loss}, or throws a {@link FocalLossError} that names everything wrong with them. */
export type Factory<
  Name extends string,
  L extends Link,
  Omitted extends string = never,
  Flag extends string = never,
> = <R extends Reduction = 'mean'>(
  options?: { [N in Name]?: N extends Flag ? boolean : number } & Omit<LinkOptions<L, R>, Omitted | Name>,
  // The reduction is what the options say, not what somebody expects.
) => Loss<NoInfer<R>>;

/** A loss of your own, for {@link defineLoss}. */
export type LossDefinition<R extends Reduction = Reduction> = {
  /** Appears in error messages and reports. */
  name: string;
  formula: Formula;
  /** The numbers that the formula reads as its last argument. Not the options: `params: { alpha: 3 }, alpha: 0.25` are two. */
  params?: Readonly<Record<string, number>>;
  /**
   * `'alike'` says that f(x, y) = f(−x, 1−y), which saves kernels half of their work. Default `'apart'`: nothing is
   * supposed. At a softmax only y = 1 is ever asked for.
   */
  labels?: Labels;
} & (({ link?: 'sigmoid' } & SigmoidOptions<R>) | ({ link: 'softmax' } & SoftmaxOptions<R>));

/** The factory of `member` at `link`: `factory(focal, 'sigmoid', 'sigmoidFocal')` is `sigmoidFocal`. */
export function factory<
  Name extends string,
  L extends Link,
  Omitted extends string = never,
  Flag extends string = never,
>(
  member: Member<Name>,
  link: L,
  name: string,
  { without = [] }: { without?: readonly Omitted[]; flags?: readonly Flag[] } = {},
): Factory<Name, L, Omitted, Flag> {
  const {
    key,
    labels,
    formula,
    targets = link === 'sigmoid' ? 'label' : 'class',
    positives = 'sum',
    untold,
  } = member as Member;
  const ofParams = paramChecks(member.params);
  // A parameter may have an option's name, which then is the parameter's: two bags from here on.
  const ofOptions = lossChecks(link);
  for (const option of [...without, ...Object.keys(ofParams)]) delete ofOptions[option];
  const checks: Checks = { ...ofParams, ...ofOptions };
  return (options = {} as never) => {
    const given = checkOptions(name, options, checks);
    const common = pick(given, Object.keys(ofOptions));
    checkTogether(name, common, link);
    const params = Object.fromEntries(
      Object.entries<Param>(member.params).map(([param, { default: or }]) => [param, Number(given[param] ?? or)]),
    );
    const literals = literalNames(member.params, params);
    const told = untold?.(params);
    const core = { name, key, link, labels, formula, params, literals, targets, positives, untold: told };
    const said = Object.entries<Param>(member.params).map(([param, { flag }]) => [
      param,
      flag ? params[param] === 1 : params[param],
    ]);
    return freeze(core, common, Object.fromEntries(said));
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
 * @throws {@link FocalLossError} if an option is missing, unknown or out of range, or the formula, which is tried out once, gives its
 *   operations or returns something that is no value of theirs, such as a plain number.
 */
export function defineLoss<R extends Reduction = 'mean'>(definition: LossDefinition<R>): Loss<NoInfer<R>> {
  const { name, formula, params = {}, labels = 'apart', link = 'sigmoid', ...options } = definition ?? {};
  const problems: Problem[] = [];
  const expect = (field: string, got: unknown, is: boolean, takes: string) => {
    if (!is) problems.push({ field, got, takes });
  };
  expect('name', name, typeof name === 'string' && name !== '', 'a name');
  expect('formula', formula, typeof formula === 'function', 'a function (o, x, y, params) => loss');
  expect('link', link, link === 'sigmoid' || link === 'softmax', "'sigmoid' or 'softmax'");
  expect('labels', labels, oneOf('alike', 'apart').accepts(labels), "'alike' or 'apart'");
  for (const [key, value] of Object.entries(params)) {
    expect(`params.${key}`, value, finite(value), 'a finite number');
    if (finite(value)) expect(`params.${key}`, value, Number.isFinite(Math.fround(value)), 'a number within float32');
  }
  if (problems.length > 0) throw new FocalLossError('defineLoss', problems);
  tryFormula('defineLoss', formula, link, Object.keys(params));
  const given = checkOptions(name, options, lossChecks(link));
  checkTogether(name, given, link);
  const targets = link === 'sigmoid' ? 'label' : 'class';
  const own = { key: undefined, literals: [], targets, positives: 'sum', untold: undefined } as const;
  return freeze({ name, link, labels, formula, params, ...own }, given);
}

const pick = (from: Readonly<Record<string, unknown>>, fields: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(fields.flatMap((field) => (from[field] === undefined ? [] : [[field, from[field]]])));

type Core = Pick<
  Loss,
  'name' | 'key' | 'link' | 'labels' | 'formula' | 'params' | 'literals' | 'targets' | 'positives' | 'untold'
>;

/** @param said The parameters as they were said: a switch is `true` or `false` there. */
function freeze<R extends Reduction>(core: Core, options: object, said: object = core.params): Loss<R> {
  const { alpha, reduction, normalizer, ignoreIndex, background, labelSmoothing } = options as SigmoidOptions<R> &
    SoftmaxOptions<R>;
  const made = {
    ...core,
    params: Object.freeze({ ...core.params }),
    literals: Object.freeze([...core.literals]),
    alpha: isList(alpha) ? Object.freeze(Array.from(alpha)) : alpha,
    reduction: reduction ?? ('mean' as R),
    normalizer: normalizer ?? 'count',
    ignoreIndex,
    background,
    labelSmoothing: labelSmoothing ?? 0,
  };
  // Not enumerable: a loss is spread, compared and printed as the data it is.
  Object.defineProperty(made, 'toJSON', { value: () => toData(made, said) });
  return Object.freeze(made) as Loss<R>;
}

/** @throws {@link FocalLossError} of a loss of one's own. */
function toData(loss: Omit<Loss, 'toJSON'>, params: object): LossData {
  const { name, key, alpha, reduction, normalizer, ignoreIndex, background, labelSmoothing } = loss;
  if (key === undefined) {
    const takes = 'a loss of the family: a formula of your own is a function; define it again where it is to be used';
    throw new FocalLossError('toJSON', [{ field: 'loss', got: name, takes }]);
  }
  return {
    loss: name,
    ...params,
    ...(alpha !== undefined && { alpha }),
    ...(reduction !== 'mean' && { reduction }),
    ...(normalizer !== 'count' && { normalizer }),
    ...(ignoreIndex !== undefined && { ignoreIndex }),
    ...(background !== undefined && { background }),
    ...(labelSmoothing !== 0 && { labelSmoothing }),
  };
}

/** Options that are good each, and may not be together. */
function checkTogether(name: string, options: object, link: Link): void {
  const { reduction = 'mean', normalizer, background, alpha } = options as CommonOptions & SoftmaxOptions;
  const problem: Problem | undefined =
    isList(alpha) && alpha.length < (link === 'softmax' ? 2 : 1)
      ? { field: 'alpha', got: alpha, takes: 'one number for each class' }
      : normalizer !== undefined && reduction !== 'mean'
        ? { field: 'normalizer', got: normalizer, takes: `nothing with reduction '${reduction}'` }
        : link === 'softmax' && normalizer === 'positives' && background === undefined
          ? { field: 'background', got: background, takes: "a class index: normalizer 'positives' needs it" }
          : undefined;
  if (problem !== undefined) throw new FocalLossError(name, [problem]);
}

/**
 * Makes sure that an adapter was given a loss.
 *
 * @param where What the caller called.
 * @throws {@link FocalLossError} for anything else, such as a factory that was not called.
 */
export function checkLoss(where: string, loss: unknown): asserts loss is Loss {
  const { name, link, formula, params, reduction } = (loss ?? {}) as Partial<Loss>;
  const isLoss = typeof name === 'string' && typeof link === 'string' && typeof formula === 'function';
  if (typeof loss === 'object' && isLoss && typeof params === 'object' && typeof reduction === 'string') return;
  const takes = 'a loss, made by a factory such as sigmoidFocal() or by defineLoss';
  throw new FocalLossError(where, [{ field: 'loss', got: loss, takes }]);
}
