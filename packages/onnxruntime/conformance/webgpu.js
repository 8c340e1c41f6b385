// The WebGPU provider of onnxruntime-node, which nothing may leave.
import { backend } from './backend.js';

export default backend('float32', {
  name: 'onnxruntime float32 webgpu',
  device: 'gpu',
  largest: 2 ** 16,
  xfail: [
    { case: 'log1p(x)', reason: 'WGSL lets log be off by 2⁻²¹ near 1; losses take it of 1 + e, e ≥ 0' },
    { case: 'pow(x,0.1)', reason: 'WGSL lets pow take 0 for the smallest normal number' },
  ],
  executionProviders: ['webgpu'],
  strict: true,
  sessionOptions: { logSeverityLevel: 3 },
});
