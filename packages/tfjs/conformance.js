// What `focal-conformance --all` runs for this package: the fused kernels of each backend, and the composed formula.
import { inChromium } from '@focal-loss/testing';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { backend } from './test/backend.js';

const gpu = (name) =>
  inChromium(new URL('test/gpu.js', import.meta.url), { name: `tfjs ${name}`, dtype: 'float32', device: 'gpu' });

export default [
  backend('cpu', 'cpu'),
  backend('wasm', 'wasm'),
  backend('composed', 'cpu', { fused: false, device: 'composed', supports: { badInput: 'nan' }, largest: 1e4 }),
  gpu('webgl'),
  gpu('webgpu'),
];
