/**
 * Focal loss and its family for TensorFlow.js.
 *
 * @module
 */
export { type CompileOptions, compile, type Numbers, type TfLoss } from './compile.ts';
export type { CallOptions } from './inputs.ts';
