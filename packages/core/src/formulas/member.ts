import type { Formula } from '../ops.ts';

/** What one parameter of a formula accepts. */
export interface Param {
  readonly default: number;
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

/** A formula with what is needed to make factories, kernels, docs and tests of it. */
export interface Member<Name extends string = string> {
  /** Unique in the family; kernels are found under it. */
  readonly key: string;
  readonly labels: Labels;
  readonly params: Readonly<Record<Name, Param>>;
  /** The links the member is defined for. At a softmax it is evaluated at (margin, 1). */
  readonly links: readonly Link[];
  readonly formula: Formula<Name>;
}

/** Lets TypeScript read the parameter names off the definition. */
export const member = <Name extends string>(definition: Member<Name>): Member<Name> => definition;
