/**
 * The spec of the focal loss family. Read it in this order: `ops` (the algebra), `formulas` (the mathematics), `dual`
 * (its derivative), `softmax` (why one formula serves both links), `loss` (options → a validated {@link Loss}),
 * `reduction`, `reference` (all of it put together, slowly).
 *
 * @module
 */
export { type Dual, derivative, differentiate, dual, type Point, valueAndDerivative } from './dual.ts';
export { FocalLossError, type Problem } from './errors.ts';
export * from './factories.ts';
export * as factories from './factories.ts';
export * as formulas from './formulas/index.ts';
export type { Link, Member, Param } from './formulas/member.ts';
export { type CallOptions, type Layout, layout, overlaps } from './inputs.ts';
export { type Latex, latex } from './latex.ts';
export {
  type CommonOptions,
  defineLoss,
  type Factory,
  factory,
  type LinkOptions,
  type Loss,
  type LossDefinition,
  type Normalizer,
  type Reduction,
  type SigmoidOptions,
  type SoftmaxOptions,
} from './loss.ts';
export type { Formula, Ops, Params } from './ops.ts';
export { classBalancedWeights, priorBias, softmaxPriorBias } from './priors.ts';
export { accumulator, denominator, scaleOf, type Totals, tally } from './reduction.ts';
export { numbers, pointwise, reference, type ValueAndGrad } from './reference.ts';
export { type Margin, margin } from './softmax.ts';
export { type Program, type Syntax, type Text, textOps, type Writer } from './text.ts';
