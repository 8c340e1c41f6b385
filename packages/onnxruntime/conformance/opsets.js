// Every dtype at every opset, for `npm run conformance:opsets`.
import { backend } from './backend.js';

const largest = 2 ** 16;

export default [11, 12, 13, 17, 21, 23, 25, 26].flatMap((opset) =>
  ['float32', 'float64', 'float16'].map((dtype) =>
    backend(dtype, { opset, largest, name: `onnxruntime ${dtype} opset ${opset}` }),
  ),
);
