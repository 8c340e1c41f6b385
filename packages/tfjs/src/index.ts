/**
 * Focal loss and its family for TensorFlow.js.
 *
 * @module
 */

export type { CallOptions } from './call.ts';
export { type CompileOptions, compile, type Numbers, type TfLoss } from './compile.ts';
