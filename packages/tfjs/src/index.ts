/**
 * Focal loss and its family for TensorFlow.js.
 *
 * @module
 */
import { onDevice } from './kernels/onDevice.ts';
import { onHost } from './kernels/onHost.ts';

onHost();
onDevice();

export type { CallOptions, Numbers } from './call.ts';
export { type CompileOptions, compile, type TfLoss } from './compile.ts';
export { type Parts, type PosteriorOptions, posterior, valueGradHess } from './parts.ts';
