/**
 * The spec of the focal loss family. Read it in this order: `ops` (the algebra), `formulas` (the mathematics), `dual`
 * (its derivatives), `loss` (options → a validated {@link Loss}), `tensor` and `frame` (a whole call, softmax included),
 * `reference` (the frame over numbers); for kernels `text`, `program` and `helpers`.
 *
 * @module
 */
export {
  type Bin,
  type Calibration,
  type CalibrationOptions,
  calibrationError,
  fitTemperature,
} from './calibration.ts';
export { carrying, type Scalar } from './carried.ts';
export { compareScale, type LossScale, type ScaleComparison } from './compareScale.ts';
export { lossFrom } from './data.ts';
export { type Dual, derivative, differentiate, dual, jet, type Point, valueAndDerivative } from './dual.ts';
export { FocalLossError, type Problem } from './errors.ts';
export { type Arguments, evaluate, isByIndex, type Parts } from './evaluate.ts';
export * from './factories.ts';
export * as factories from './factories.ts';
export type * from './factoryOptions.ts';
export { fromFloat16Bits, toFloat16Bits } from './float16.ts';
export { type Foldable, fold } from './fold.ts';
export * as formulas from './formulas/index.ts';
export type { Labels, Link, Member, Param, Positives, TargetKind } from './formulas/member.ts';
export { denominatorOf, type FrameInputs, frame, type Looked, look, reduce } from './frame.ts';
export * as helpers from './helpers.ts';
export {
  alphaProblems,
  type CallOptions,
  callOptions,
  type Extents,
  extentsOf,
  isArray,
  isShape,
  type Layout,
  layout,
  layoutOfLogits,
  overlaps,
  shapeOf,
  weightsOf,
} from './inputs.ts';
export { type Latex, latex } from './latex.ts';
export { type Logged, logOf, logs } from './logs.ts';
export {
  type CommonOptions,
  checkLoss,
  defineLoss,
  type Factory,
  factory,
  type LinkOptions,
  type Loss,
  type LossData,
  type LossDefinition,
  type Normalizer,
  type Reduction,
  type SigmoidOptions,
  type SoftmaxOptions,
} from './loss.ts';
export { allMargins, margins } from './margins.ts';
export { numbers } from './numbers.ts';
export type { Formula, Ops, Params, Part } from './ops.ts';
export { anything, type Check, type Checks, checkOptions, flag, oneOf } from './options.ts';
export {
  checkTold,
  logBalance,
  type PosteriorInputs,
  type PosteriorOptions,
  posteriorLayout,
  posteriorLogits,
} from './posterior.ts';
export { presets } from './presets.ts';
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
  denominatorFor,
  factorsOf,
  knownDenominator,
  scaleOf,
  smoothed,
  type Totals,
  tally,
  tallyRows,
} from './reduction.ts';
export {
  pointwise,
  posterior,
  reference,
  type ValueAndGrad,
  type ValueGradHess,
} from './reference.ts';
export { remember } from './remember.ts';
export { classesBack, classesLast, placeOf } from './rows.ts';
export { type Margin, margin, shareOf } from './softmax.ts';
export type { TensorOps } from './tensor.ts';
export { type Program, type Syntax, type Text, type TextWriter, textOps } from './text.ts';
