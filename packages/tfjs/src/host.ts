/**
 * The same for the backends cpu and wasm alone: no code of GPU kernels comes into a bundle. Other backends of tfjs than those two and
 * the GPU's compute the formula with their own operations, as ever; webgl and webgpu are an error that says so.
 *
 * @module
 */
import { onHost } from './kernels/onHost.ts';

onHost();

export type { CallOptions, Numbers } from './call.ts';
export { type CompileOptions, compile, type TfLoss } from './compile.ts';
export { type Parts, type PosteriorOptions, posterior, valueGradHess } from './parts.ts';
