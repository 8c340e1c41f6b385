// float32 on each kind of kernel, and the other widths of logits, for whatever runtime loads this.
import { defineBackend } from '@focal-loss/conformance';
import { compile, engines } from '@focal-loss/typed-array';

/** A backend whose logits are first copied into the given kind of array. */
const backend = (dtype, Logits, engine) =>
  defineBackend({
    name: `typed-array ${dtype}${engine === 'javascript' ? '' : ` ${engine}`}`,
    dtype,
    unavailable() {
      if (Logits === undefined) return 'this runtime has no Float16Array (Node.js has it from version 24 on)';
      if (!engines().includes(engine))
        return `this runtime has no ${engine} (Node.js 20: --experimental-wasm-relaxed-simd)`;
      return undefined;
    },
    evaluate({ loss, logits, targets, shape, weights, normalizer, grad }) {
      const run = compile(loss, { engine });
      const options = { shape, weights, normalizer };
      const input = logits instanceof Logits ? logits : new Logits(logits);
      return grad ? run.valueAndGrad(input, targets, options) : { value: run.value(input, targets, options) };
    },
  });

export default [
  backend('float32', Float32Array, 'relaxed-simd'),
  backend('float32', Float32Array, 'simd'),
  backend('float32', Float32Array, 'javascript'),
  backend('float64', Float64Array, 'javascript'),
  backend('float16', globalThis.Float16Array, 'javascript'),
];
