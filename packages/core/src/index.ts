/**
 * The spec of the focal loss family. Read it in this order: `ops` (the algebra), `formulas` (the mathematics), `dual`
 * (its derivatives), `loss` (options → a validated {@link Loss}), `tensor` and `frame` (a whole call, softmax included),
 * `reference` (the frame over numbers); for kernels `text`, `program` and `helpers`.
 *
 * @module
 */
export { carrying, type Scalar } from './carried.ts';
export { type Dual, derivative, differentiate, dual, jet, type Point, valueAndDerivative } from './dual.ts';
export { FocalLossError, type Problem } from './errors.ts';
export * from './factories.ts';
export * as factories from './factories.ts';
export { fromFloat16Bits, toFloat16Bits } from './float16.ts';
export { type Foldable, fold } from './fold.ts';
export * as formulas from './formulas/index.ts';
export type { Labels, Link, Member, Param } from './formulas/member.ts';
export {
  type Arguments,
  denominatorOf,
  evaluate,
  type FrameInputs,
  frame,
  type Looked,
  look,
  margins,
  type Parts,
  reduce,
} from './frame.ts';
export * as helpers from './helpers.ts';
export { alphaProblems, type CallOptions, isArray, isShape, type Layout, layout, overlaps } from './inputs.ts';
export { type Latex, latex } from './latex.ts';
export {
  type CommonOptions,
  checkLoss,
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
export { numbers } from './numbers.ts';
export type { Formula, Ops, Params, Part } from './ops.ts';
export { type Check, type Checks, checkOptions, flag, oneOf } from './options.ts';
export { classBalancedWeights, priorBias, softmaxPriorBias } from './priors.ts';
export {
  type Asked,
  type Derivative,
  type FormulaProgram,
  identifiers,
  type Label,
  literalNames,
  literalsOf,
  orderOf,
  type Programmable,
  program,
} from './program.ts';
export {
  accumulator,
  denominator,
  factorsOf,
  knownDenominator,
  scaleOf,
  type Totals,
  tally,
} from './reduction.ts';
export { pointwise, reference, type ValueAndGrad } from './reference.ts';
export { type Margin, margin, shareOf } from './softmax.ts';
export type { TensorOps } from './tensor.ts';
export { type Program, type Syntax, type Text, type TextWriter, textOps } from './text.ts';
