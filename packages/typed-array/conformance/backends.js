// float32 on each kind of kernel, and the other widths of logits, for whatever runtime loads this.
import { defineBackend, everything } from '@focal-loss/conformance';
import { compile, engines } from '@focal-loss/typed-array';

/** A backend whose logits are first copied into the given kind of array; on the engine that users get where none is named. */
const backend = (dtype, Logits, engine = engines()[0], named = engine) =>
  defineBackend({
    name: `typed-array ${dtype}${named === 'javascript' ? '' : ` ${named}`}`,
    dtype,
    unavailable() {
      if (Logits === undefined) return 'this runtime has no Float16Array (Node.js has it from version 24 on)';
      if (!engines().includes(engine))
        return `this runtime has no ${engine} (Node.js 20: --experimental-wasm-relaxed-simd)`;
      return undefined;
    },
    supports: everything,
    evaluate({ loss, logits, targets, shape, axis, weights, weightsShape, normalizer, wants }) {
      const run = compile(loss, { engine });
      const options = { shape, axis, weights, weightsShape, normalizer };
      const input = logits instanceof Logits ? logits : new Logits(logits);
      if (wants.includes('posterior')) return { posterior: run.posterior(input, { shape, axis }) };
      if (wants.includes('hess')) return run.valueGradHess(input, targets, options);
      return wants.includes('grad')
        ? run.valueAndGrad(input, targets, options)
        : { value: run.value(input, targets, options) };
    },
  });

export default [
  backend('float32', Float32Array, 'relaxed-simd'),
  backend('float32', Float32Array, 'simd'),
  backend('float32', Float32Array, 'javascript'),
  backend('float64', Float64Array, undefined, 'javascript'),
  backend('float16', globalThis.Float16Array, undefined, 'javascript'),
];
