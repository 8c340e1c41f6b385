/**
 * Focal loss and its family on WebGPU: one fused dispatch for value and gradient.
 *
 * @module
 */
export {
  type BufferRange,
  type CompileOptions,
  compile,
  type Dtype,
  type EncodeOptions,
  type Targets,
  type Value,
  type WebGpuLoss,
} from './compile.ts';
export { buffersHeld } from './device.ts';
