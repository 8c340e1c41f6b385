/**
 * Focal loss and its family as ONNX graphs: of their own, appended to a model, or run with ONNX Runtime.
 *
 * @module
 */

export type { Dimension, Dtype } from '@focal-loss/onnx';
export {
  type AppendOptions,
  type AppendPosteriorOptions,
  appendLoss,
  appendPosterior,
  lossPieces,
  posteriorPieces,
} from './append.ts';
export type { Float16ArrayLike, Logits, NumericArray, ResultArray } from './arrays.ts';
export { buildModel, type GraphOptions, type ModelOptions } from './build.ts';
export type { GradOptions, RunOptions } from './call.ts';
export { type CompileOptions, compile, type OnnxLoss, type Value } from './compile.ts';
export type { DeviceOptions } from './device.ts';
export type { ModelSource } from './fields.ts';
export type { LogitsOptions } from './logits.ts';
export type { ExecutionProvider } from './providers.ts';
export type { DeviceTensor, PreferredOutputLocation } from './tensors.ts';
