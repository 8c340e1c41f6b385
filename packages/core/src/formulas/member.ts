import type { Formula } from '../ops.ts';

/** What one parameter of a formula accepts. */
export interface Param {
  readonly default: number;
  /** `true` where users say `true` or `false`; formulas read 1 or 0. */
  readonly flag?: boolean;
  /** The least accepted value. */
  readonly min?: number;
  /** The largest accepted value; 10⁶ if absent, and −10⁶ the least: products with a logit stay numbers in float32. */
  readonly max?: number;
  /** `true` where `min` itself is not accepted. */
  readonly exclusive?: boolean;
  /**
   * Values that users choose most and that make the formula cheaper. Backends that compile ahead of time write one
   * extra kernel for each.
   */
  readonly common?: readonly number[];
}

/** How logits become probabilities: each on its own, or a row together. */
export type Link = 'sigmoid' | 'softmax';

/**
 * How a formula treats its two labels. `'alike'`: f(x, y) = f(−x, 1−y), so that one program at the margin (2y − 1)·x serves
 * both; the conformance clause `laws.flip` tests it. `'apart'`: a negative has a formula of its own, f(x, 0).
 */
export type Labels = 'alike' | 'apart';

/**
 * What a target is: a label in [0, 1] of one logit, the index of a class of a row, or a place in [0, classes − 1] between
 * two classes.
 */
export type TargetKind = 'label' | 'class' | 'place';

/** What counts as a positive: the targets themselves are added, or those that are 1 are counted. */
export type Positives = 'sum' | 'ones';

/** A formula with what is needed to make factories, kernels, docs and tests of it. */
export interface Member<Name extends string = string> {
  /** Unique in the family; kernels are found under it. */
  readonly key: string;
  readonly labels: Labels;
  readonly params: Readonly<Record<Name, Param>>;
  /** The links the member is defined for. At a softmax it is evaluated at (margin, 1). */
  readonly links: readonly Link[];
  /** What targets are, where it is not what the link's targets are otherwise. */
  readonly targets?: TargetKind;
  /** What normalizer `'positives'` counts; the sum of the targets if absent. */
  readonly positives?: Positives;
  /**
   * Why the minimum of a loss with these parameters does not tell the probability of a target being 1, as the rest of the
   * sentence "has no posterior: …"; undefined where it does.
   */
  readonly untold?: (params: Readonly<Record<Name, number>>) => string | undefined;
  readonly formula: Formula<Name>;
}

/** Lets TypeScript read the parameter names off the definition. */
export const member = <Name extends string>(definition: Member<Name>): Member<Name> => definition;
