// onnxruntime-web in a browser: WebAssembly, and WebGPU, which nothing may leave.
import * as ort from 'onnxruntime-web/webgpu';
import { backend, wgsl } from './backend.js';

ort.env.wasm.wasmPaths = new URL('/files/node_modules/onnxruntime-web/dist/', globalThis.location.href).href;
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const largest = 2 ** 16;
const sessionOptions = { logSeverityLevel: 3 };

export default [
  backend('float32', {
    name: 'onnxruntime float32 web',
    runtime: ort,
    largest,
    executionProviders: ['wasm'],
    sessionOptions,
  }),
  backend('float32', {
    name: 'onnxruntime float32 webgpu',
    runtime: ort,
    device: 'gpu',
    xfail: wgsl,
    largest,
    executionProviders: ['webgpu'],
    strict: true,
    sessionOptions,
  }),
];
