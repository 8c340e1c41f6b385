// The WebGPU provider of onnxruntime-node, which nothing may leave.
import { backend, wgsl } from './backend.js';

export default backend('float32', {
  name: 'onnxruntime float32 webgpu',
  device: 'gpu',
  largest: 2 ** 16,
  xfail: wgsl,
  executionProviders: ['webgpu'],
  strict: true,
  sessionOptions: { logSeverityLevel: 3 },
});
