// What `focal-conformance --all` runs for this package: each width of logits.
import { defineBackend } from '@focal-loss/conformance';
import { compile } from '@focal-loss/typed-array';

/** A backend whose logits are first copied into the given kind of array. */
const backend = (dtype, Logits) =>
  defineBackend({
    name: `typed-array ${dtype}`,
    dtype,
    unavailable: () =>
      Logits === undefined ? 'this runtime has no Float16Array (Node.js has it from version 24 on)' : undefined,
    evaluate({ loss, logits, targets, shape, weights, normalizer, grad }) {
      const run = compile(loss);
      const options = { shape, weights, normalizer };
      const input = logits instanceof Logits ? logits : new Logits(logits);
      return grad ? run.valueAndGrad(input, targets, options) : { value: run.value(input, targets, options) };
    },
  });

export default [
  backend('float32', Float32Array),
  backend('float64', Float64Array),
  backend('float16', globalThis.Float16Array),
];
