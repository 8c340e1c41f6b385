/**
 * Focal loss and its family on WebGPU: one fused dispatch for value and gradient.
 *
 * @module
 */
export {
  type BoundCall,
  type BufferRange,
  type CompileOptions,
  type CountOptions,
  compile,
  type Dtype,
  type EncodeOptions,
  type Encoder,
  type Prepared,
  type Targets,
  type Value,
  type WebGpuLoss,
} from './compile.ts';
export { buffersHeld } from './device.ts';
