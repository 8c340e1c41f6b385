/**
 * Focal loss and its family as ONNX graphs: of their own, appended to a model, or run with ONNX Runtime.
 *
 * @module
 */
export { type AppendOptions, appendLoss, lossFragment } from './append.ts';
export type { Float16ArrayLike, Logits, NumericArray, ResultArray } from './arrays.ts';
export { buildModel, type Dtype, type GraphOptions, type ModelOptions } from './build.ts';
export {
  type CompileOptions,
  compile,
  type GradOptions,
  type OnnxLoss,
  type RunOptions,
  type Value,
} from './compile.ts';
export type { Dimension } from './model.ts';
export type { ExecutionProvider } from './providers.ts';
