// What `focal-conformance --all` runs for this package: each dtype on the CPU provider, and onnxruntime-web and WebGPU.
import { inChromium, inNode } from '@focal-loss/testing';
import { backend } from './conformance/backend.js';
import wasm from './conformance/wasm.js';

const gpu = { name: 'onnxruntime float32 webgpu', dtype: 'float32', device: 'gpu' };
const page = new URL('conformance/page.js', import.meta.url);
const largest = 2 ** 20;

export default [
  backend('float32'),
  backend('float64', { largest }),
  backend('float16', { largest }),
  wasm[0],
  inNode(new URL('conformance/webgpu.js', import.meta.url), gpu),
  inChromium(page, gpu),
];
