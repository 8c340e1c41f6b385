import { defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { CLASSES } from '../scenario.ts';
import type { Rival } from './rival.ts';

await init('wasm');
defaultDevice('wasm');

// Its arrays are consumed by what they are passed to; `ref` keeps them for another use.
type Compose = (x: np.Array, y: np.Array) => np.Array;

const sigmoid =
  (gamma: number): Compose =>
  (x, y) => {
    const p = nn.sigmoid(x.ref);
    const ce = nn.softplus(x.ref).sub(x.mul(y.ref));
    const pt = p.ref.mul(y.ref).add(np.subtract(1, p).mul(np.subtract(1, y)));
    return np.sum(np.power(np.subtract(1, pt), gamma).mul(ce));
  };

const softmax =
  (gamma: number): Compose =>
  (x, labels) => {
    const log = np.sum(nn.logSoftmax(x).mul(nn.oneHot(labels, CLASSES)), 1);
    return np.sum(np.power(np.subtract(1, np.exp(log.ref)), gamma).mul(np.negative(log)));
  };

/** jax-js: the composition fused by its compiler, in WebAssembly, on one thread. */
export const jax: Rival = {
  name: 'jax-js wasm, jit',
  prepare({ link, gamma, wantGrad }, { logits, targets, rows, classes }) {
    const compose = link === 'sigmoid' ? sigmoid(gamma) : softmax(gamma);
    const x = () => (link === 'sigmoid' ? np.array(logits) : np.array(logits).reshape([rows, classes]));
    const y = () => np.array(targets);
    if (!wantGrad) {
      const value = jit(compose);
      return { run: () => ({ value: value(x(), y()).item() }) };
    }
    const both = jit(valueAndGrad(compose));
    return {
      run() {
        const [value, grad] = both(x(), y());
        return { value: value.item(), grad: grad.dataSync() as Float32Array };
      },
    };
  },
};
