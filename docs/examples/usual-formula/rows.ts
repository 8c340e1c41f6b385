/** What the three lines that everybody writes are wrong by, in float32: the rows of the README's table. */
import { pointwise, sigmoidFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/typed-array';
import { torchvision } from '../../figures/torchvision.ts';

const { fround } = Math;
const N = 100_000;

/** float32 logits with all their bits, evenly from −100 to 100: seeded, so that everybody gets the same figures. */
const logits = (() => {
  let state = 2017;
  return Float32Array.from({ length: N }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 200 * (state / 2 ** 32) - 100;
  });
})();
const targets = Uint8Array.from(logits, (_, i) => i % 2);

interface Point {
  readonly value: number;
  readonly grad: number;
}

/** Probabilities first, clipped so that the logarithm is finite: Keras' way where it is given probabilities. */
function clipped(logit: number, target: number, gamma: number): Point {
  const p = fround(1 / fround(1 + fround(Math.exp(-logit))));
  const kept = fround(Math.min(Math.max(p, fround(1e-7)), fround(1 - 1e-7)));
  const t = target === 1 ? kept : fround(1 - kept);
  const miss = fround(1 - t);
  const modulator = fround(miss ** gamma);
  // Automatic differentiation of what stands here: the slope of a clip is 0 outside.
  const slope = p === kept ? fround((2 * target - 1) * fround(p * fround(1 - p))) : 0;
  const power = fround(fround(gamma * fround(miss ** (gamma - 1))) * fround(Math.log(t)));
  return {
    value: fround(-modulator * fround(Math.log(t))),
    grad: fround(fround(power - fround(modulator / t)) * slope),
  };
}

/** float32, the SIMD kernels where this runtime has them. */
function ours(gamma: number): (i: number) => Point {
  const { value, grad } = compile(sigmoidFocal({ gamma, reduction: 'none' })).valueAndGrad(logits, targets);
  return (i) => ({ value: value[i], grad: grad[i] });
}

/** The smallest normal float32: below, nobody owes digits. */
const TINY = 2 ** -126;

function row(name: string, gamma: number, at: (i: number) => Point): Record<string, string> {
  const truth = pointwise(sigmoidFocal({ gamma }));
  const wrong = { value: 0, grad: 0, none: 0, lost: 0 };
  for (const [i, x] of logits.entries()) {
    const { value, derivative } = truth(x, targets[i]);
    const got = at(i);
    const off = (a: number, b: number) => Math.abs(b) >= TINY && !(Math.abs(a - b) <= 0.01 * Math.abs(b));
    wrong.value += Number(off(got.value, value));
    wrong.grad += Number(off(got.grad, derivative));
    wrong.none += Number(!Number.isFinite(got.grad) || !Number.isFinite(got.value));
    // A hard example: confidently wrong, so that its slope is ±1.
    wrong.lost += Number(Math.abs(derivative) > 0.99 && Math.abs(got.grad) < 0.01);
  }
  const percent = (count: number) => (count === 0 ? '0' : `${((100 * count) / N).toFixed(1)} %`);
  return {
    'focal loss in float32': name,
    γ: String(gamma),
    'loss off by > 1 %': percent(wrong.value),
    'gradient off by > 1 %': percent(wrong.grad),
    'not a number': percent(wrong.none),
    'hard examples without gradient': percent(wrong.lost),
  };
}

export const rows = [2, 0.5].flatMap((gamma) => [
  row("the usual formula (torchvision's)", gamma, (i) => torchvision(logits[i], targets[i], gamma)),
  row('with clipped probabilities', gamma, (i) => clipped(logits[i], targets[i], gamma)),
  row('here', gamma, ours(gamma)),
]);
