import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

/** tfjs with the backends that run in Node.js. Its union package registers the gradients of its own operations. */
export { tf };

/** The backends, and whether the loss is a fused kernel there. */
export const places = [
  { name: 'cpu', backend: 'cpu', fused: true },
  { name: 'wasm', backend: 'wasm', fused: true },
  { name: 'composed', backend: 'cpu', fused: false },
  { name: 'composed on wasm', backend: 'wasm', fused: false },
] as const;
