// The WebGPU provider of onnxruntime-node, which nothing may leave.
import { backend, wgsl } from './backend.js';

export default backend('float32', {
  name: 'onnxruntime float32 webgpu',
  device: 'gpu',
  largest: 2 ** 16,
  xfail: [
    ...wgsl,
    {
      case: 'random.nonfinite/softmax*',
      reason: 'WGSL lets exp of NaN be any number: NaN at another class than the label’s may go unseen',
    },
  ],
  executionProviders: ['webgpu'],
  strict: true,
  sessionOptions: { logSeverityLevel: 3 },
});
