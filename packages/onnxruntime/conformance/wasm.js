// onnxruntime-web in Node.js: WebAssembly.
import * as ort from 'onnxruntime-web';
import { backend } from './backend.js';

ort.env.wasm.numThreads = 1;

export default ['float32', 'float64'].map((dtype) =>
  backend(dtype, { name: `onnxruntime ${dtype} wasm`, runtime: ort, largest: 2 ** 16 }),
);
