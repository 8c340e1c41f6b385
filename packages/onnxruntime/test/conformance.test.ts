import { conformance } from '@focal-loss/conformance/vitest';
import { inNode } from '@focal-loss/testing';
import { backend } from '../conformance/backend.js';
import wasm from '../conformance/wasm.js';

// Fewer logits than `focal-conformance --all`, which is what the longest clauses take their time with.
const largest = 2 ** 16;
conformance([
  backend('float32', { largest }),
  backend('float64', { largest }),
  backend('float16', { largest }),
  wasm[0],
]);

// Where a software adapter is at hand, which is everywhere the Chromium of npm is.
conformance(
  inNode(new URL('../conformance/webgpu.js', import.meta.url), {
    name: 'onnxruntime float32 webgpu',
    dtype: 'float32',
    device: 'gpu',
  }),
);
