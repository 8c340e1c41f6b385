/**
 * The accuracy table of the README by random inputs, which find what golden vectors do not ask for. Seeded.
 *
 * What is allowed is what the suite allows, up to an exponent γ of 2.5. A power has γ times the error of what it is of,
 * which is that of the runtime's float32 exponential: at γ = 5 a random input in some thousand is off by 1.5e-6.
 */
import {
  fromFloat16Bits,
  type Loss,
  qualityFocal,
  reference,
  sigmoidCrossEntropy,
  sigmoidFocal,
  sigmoidFocalStar,
  softmaxFocal,
  softmaxFocalStar,
  toFloat16Bits,
} from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { compile } from '../src/index.ts';

const formats = {
  float32: { round: Math.fround, normal: 2 ** -126, allowed: { value: 1e-6, grad: 1e-6 } },
  float64: { round: (a: number) => a, normal: 2 ** -1022, allowed: { value: 1e-14, grad: 1e-14 } },
  // Values and gradients are float32.
  float16: {
    round: (a: number) => fromFloat16Bits(toFloat16Bits(a)),
    normal: 2 ** -126,
    allowed: { value: 1.5e-6, grad: 1.5e-6 },
  },
} as const;

let state = 20171022;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return (state + 0.5) / 2 ** 32;
};
const between = (from: number, to: number) => from + (to - from) * random();

const none = { reduction: 'none' } as const;
/** α near 0 or near 1 as often as between. */
const alpha = () => [between(0, 1), 10 ** between(-8, 0), 1 - 10 ** between(-8, 0)][Math.floor(3 * random())];
const makers: (() => Loss)[] = [
  () => sigmoidCrossEntropy({ alpha: alpha(), ...none }),
  () => sigmoidFocal({ gamma: between(0, 5), alpha: alpha(), ...none }),
  () => sigmoidFocalStar({ gamma: between(0.1, 5), beta: between(-50, 50), alpha: alpha(), ...none }),
  () => qualityFocal({ beta: between(0, 5), ...none }),
  () => softmaxFocal({ gamma: between(0, 5), ...none }),
  () => softmaxFocalStar({ gamma: between(0.1, 5), beta: between(-50, 50), ...none }),
];

const CLASSES = 7;
const ROWS = 3000;

/** Half of them between −100 and 100, half any float32 there is in that range, its bits thrown. */
function logit(): number {
  if (random() < 0.5) return between(-100, 100);
  for (;;) {
    const [x] = new Float32Array(Uint32Array.of(Math.floor(random() * 2 ** 32)).buffer);
    if (Math.abs(x) <= 100) return x;
  }
}
/** Hard labels, soft ones, and soft ones near 0. */
const label = () => [Math.round(random()), random(), 10 ** between(-12, 0)][Math.floor(3 * random())];

/**
 * What errors are relative to: the truth, and for soft labels the sum of the sizes of its terms, by the formulas of
 * cross-entropy and its powers. FL* has one term.
 */
function scales(loss: Loss, x: number, y: number, value: number, grad: number) {
  const { key, alpha } = loss;
  if (key === 'focalStar' || y === 0 || y === 1) return { value: Math.abs(value), grad: Math.abs(grad) };
  const [p, q] = [1 / (1 + Math.exp(-x)), 1 / (1 + Math.exp(x))];
  const factor = typeof alpha === 'number' ? y * alpha + (1 - y) * (1 - alpha) : 1;
  const ce = y * Math.log1p(Math.exp(-x)) + (1 - y) * Math.log1p(Math.exp(x));
  const exponent = key === 'crossEntropy' ? 0 : exponentOf(loss);
  const terms = y * q + (1 - y) * p;
  const base = key === 'qualityFocal' ? Math.abs(y * q - (1 - y) * p) : terms;
  const power = base ** exponent;
  return {
    value: factor * power * ce * (key === 'qualityFocal' ? 1 + (exponent * terms) / base : 1),
    grad:
      factor *
      power *
      (terms + (exponent * p * q * ce) / base) *
      (key === 'qualityFocal' ? 1 + (exponent * terms) / base : 1),
  };
}

/** The exponent of a sum of sigmoids, which is as many times as far off as those; FL* raises the margin of a row to it. */
function exponentOf({ key, link, params }: Loss): number {
  if (key === 'focalStar') return link === 'softmax' ? params.gamma : 1;
  return key === 'focal' ? params.gamma : key === 'qualityFocal' ? params.beta : 1;
}

interface Worst {
  value: number;
  grad: number;
}

it.each(Object.keys(formats) as (keyof typeof formats)[])('%s', async (dtype) => {
  const { round, normal, allowed } = formats[dtype];
  const worst = { usual: { value: 0, grad: 0 }, large: { value: 0, grad: 0 } };
  // The graph of float16 is that of float32 behind a Cast.
  const losses = dtype === 'float16' ? 4 : 12;
  for (const make of makers.flatMap((make) => Array<() => Loss>(losses).fill(make))) {
    const loss = make();
    const most = exponentOf(loss) > 2.5 ? worst.large : worst.usual;
    const softmax = loss.link === 'softmax';
    const classes = softmax ? CLASSES : 1;
    const logits = Array.from({ length: ROWS * classes }, () => round(logit()));
    const label32 = dtype === 'float64' ? label : () => Math.fround(label());
    const targets = Array.from({ length: ROWS }, softmax ? () => Math.floor(CLASSES * random()) : label32);
    const shape = softmax ? { shape: [ROWS, CLASSES] } : {};
    const run = await compile(loss, { runtime: ort, dtype, sessionOptions: { intraOpNumThreads: 1 } });
    const got = await run.valueAndGrad(logits, targets, shape);
    await run.dispose();
    const truth = reference(loss).valueAndGrad(logits, targets, shape);
    for (const part of ['value', 'grad'] as const) {
      const least = part === 'grad' || dtype === 'float64' ? normal : 2 ** -126;
      for (const [i, t] of (truth[part] as Float64Array).entries()) {
        if (Math.abs(t) < least) continue;
        const scale = softmax ? Math.abs(t) : scales(loss, logits[i], targets[i], t, t)[part];
        const error = Math.abs((got[part] as Float64Array)[i] - t) / Math.max(scale, Math.abs(t));
        if (error > most[part]) most[part] = error;
        if (Number.isNaN(error)) most[part] = Number.NaN;
      }
    }
  }
  const say = ({ value, grad }: Worst) => `value ${value.toExponential(1)}, gradient ${grad.toExponential(1)}`;
  console.log(`${dtype}, random: ${say(worst.usual)}; exponents from 2.5 to 5: ${say(worst.large)}`);
  for (const part of ['value', 'grad'] as const) {
    expect(worst.usual[part]).toBeLessThanOrEqual(allowed[part]);
    expect(worst.large[part]).toBeLessThanOrEqual(2 * allowed[part]);
  }
});
