import '../bench/relaxed.ts';
import { factories, type Loss } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { factoryOf } from '../../core/oracle/factories.ts';
import { random } from '../../core/oracle/random.ts';
import { compile, type EngineName, engines } from '../src/index.ts';
import { type Drawn, draws, paramsOf } from './draws.ts';

/** Below the least normal number there is no promise of digits. */
const FORMATS = {
  float32: { tiny: 2 ** -126, promise: 1e-6 },
  float64: { tiny: 2 ** -1022, promise: 1e-14 },
} as const;

interface Worst {
  error: number;
  text: string;
}

interface Results {
  readonly value: Float64Array;
  readonly grad: Float64Array;
}

const shown = ({ value, grad }: { value: Worst; grad: Worst }) =>
  `${value.error.toExponential(1)} / ${grad.error.toExponential(1)}`;

/** Keeps the worst relative error; where a result is a difference, relative to the terms. */
function note(worst: Worst, got: number, truth: number, scale: number, tiny: number, text: () => string): void {
  if (!(Math.abs(truth) >= tiny || scale >= tiny)) return;
  // Half a step at the end of the normal numbers is no error of the kernel's.
  const error = Math.abs(got - truth) / Math.max(Math.abs(truth), scale, tiny);
  if (error <= worst.error) return;
  worst.error = error;
  worst.text = text();
}

/** What fifty digits take their time for, once for all engines. */
const drawn = new Map<string, readonly Drawn[]>();
function drawnOnce(factory: keyof typeof factories, dtype: keyof typeof FORMATS): readonly Drawn[] {
  const key = `${factory} ${dtype}`;
  const calls = drawn.get(key) ?? [...draws(factory, dtype, 32, 2026)];
  drawn.set(key, calls);
  return calls;
}

function measure(factory: keyof typeof factories, dtype: keyof typeof FORMATS, engine: EngineName) {
  const { tiny } = FORMATS[dtype];
  const value: Worst = { error: 0, text: '' };
  const grad: Worst = { error: 0, text: '' };
  for (const { loss, logits, targets, options, truth, text } of drawnOnce(factory, dtype)) {
    const run = compile(loss, { engine });
    const got = run.valueAndGrad(logits, targets, options);
    const values = [got.value].flatMap((v) => (typeof v === 'number' ? [v] : [...v]));
    const alone = [run.value(logits, targets, options)].flatMap((v) => (typeof v === 'number' ? [v] : [...v]));
    const wanted = [truth.value].flat() as number[];
    wanted.forEach((v, i) => {
      for (const each of [values[i], alone[i]]) note(value, each, v, truth.valueScale?.[i] ?? 0, tiny, () => text);
    });
    (truth.grad as number[]).forEach((g, i) => {
      note(grad, got.grad[i], g, truth.gradScale?.[i] ?? 0, tiny, () => text);
    });
  }
  return { value, grad };
}

/** The sum of the terms of which a loss or its slope is a difference; 0 where it is none. See the oracle's textbook. */
function scaleOf({ key, params }: Loss, x: number, y: number, part: 'value' | 'grad', truth: number): number {
  const [p, q] = [1 / (1 + Math.exp(-x)), 1 / (1 + Math.exp(x))];
  /** Of σ(x) − t. */
  const apart = (t: number) => t * q + (1 - t) * p;
  switch (key) {
    case 'asymmetric':
      // Far above the margin nothing cancels, and below the normal numbers nothing is promised.
      if (y !== 0 || params.margin === 0 || Math.abs(truth) < FORMATS.float32.tiny) return 0;
      return (Math.abs(truth) * (params.gammaNegative + 2) * (p + params.margin)) / Math.max(p - params.margin, 1e-300);
    case 'iouAwareCrossEntropy': {
      if (y === 0 || part === 'value') return 0;
      return params.positiveWeight * apart(Math.max(p ** params.alpha * y ** (1 - params.alpha), params.floor));
    }
    case 'matchabilityAware':
      return y === 0 || part === 'value' ? 0 : apart(y ** params.gamma);
    case 'varifocal':
      return y === 0 || part === 'value' ? 0 : (params.iouWeighted ? y : 1) * apart(y);
    case 'qualityFocal': {
      if (y === 0 || y === 1) return 0;
      const [distance, beta] = [Math.abs(y * q - (1 - y) * p), params.beta];
      const loss = y * Math.log1p(Math.exp(-x)) + (1 - y) * Math.log1p(Math.exp(x));
      const steep = (power: number) => 1 + (power * apart(y)) / Math.max(distance, 1e-300);
      if (part === 'value') return Math.abs(truth) * steep(beta);
      return (
        beta * distance ** (beta - 1) * p * q * loss * steep(Math.abs(beta - 1)) +
        distance ** beta * apart(y) * steep(beta)
      );
    }
    case 'poly': {
      if (params.epsilon >= 0) return 0;
      const miss = y * q + (1 - y) * p;
      const loss = y * Math.log1p(Math.exp(-x)) + (1 - y) * Math.log1p(Math.exp(x));
      const { gamma, epsilon } = params;
      if (part === 'value') return miss ** gamma * loss - epsilon * miss ** (gamma + 1);
      const ofFocal = gamma * miss ** (gamma - 1) * p * q * loss + miss ** gamma * apart(y);
      return ofFocal - epsilon * (gamma + 1) * miss ** gamma * p * q;
    }
    case 'crossEntropy':
      return part === 'value' ? 0 : apart(y);
    case 'focal': {
      if (part === 'value') return 0;
      const miss = y * q + (1 - y) * p;
      const loss = y * Math.log1p(Math.exp(-x)) + (1 - y) * Math.log1p(Math.exp(x));
      return params.gamma * miss ** (params.gamma - 1) * p * q * loss + miss ** params.gamma * apart(y);
    }
    default:
      return 0;
  }
}

const sigmoidAndSoftmax = Object.keys(factories) as (keyof typeof factories)[];
const cases = (['float32', 'float64'] as const).flatMap((dtype) =>
  (dtype === 'float32' ? engines() : (['javascript'] as const)).map((engine) => [dtype, engine] as const),
);

describe.each(cases)(
  '%s on %s: anything that is promised, drawn at random, against fifty digits and more',
  (dtype, engine) => {
    it.each(sigmoidAndSoftmax)('%s', { timeout: 120_000 }, (factory) => {
      const worst = measure(factory, dtype, engine);
      console.log(`${dtype} ${engine} ${factory} ${shown(worst)}`);
      const { promise } = FORMATS[dtype];
      expect(worst.value.error, worst.value.text).toBeLessThanOrEqual(promise);
      expect(worst.grad.error, worst.grad.text).toBeLessThanOrEqual(promise);
    });
  },
);

const SOFT = [
  ...(['sigmoidCrossEntropy', 'sigmoidFocal', 'sigmoidFocalStar', 'gaussianFocal'] as const),
  ...(['qualityFocal', 'varifocal', 'iouAwareCrossEntropy', 'matchabilityAware'] as const),
];

/** Long calls, and what float64 makes of them, once for all engines. */
const long = new Map<string, ReturnType<typeof drawLong>>();
function longOnce(factory: keyof typeof factories, kind: string) {
  const calls = long.get(`${factory} ${kind}`) ?? drawLong(factory, kind);
  long.set(`${factory} ${kind}`, calls);
  return calls;
}

function drawLong(factory: keyof typeof factories, kind: string) {
  const draw = random(1722);
  const between = (low: number, high: number) => low + (high - low) * (draw() + draw() / 2 ** 32);
  return Array.from({ length: 18 }, (_, call) => {
    const size = [1, 10, 100][call % 3];
    const logits = Float32Array.from({ length: 5_999 }, () => between(-size, size));
    const targets =
      kind === 'hard'
        ? Uint8Array.from(logits, () => Math.round(draw()))
        : Float32Array.from(logits, () => [0, draw(), 1 - 10 ** between(-7, 0), 10 ** between(-12, 0)][call % 4]);
    const options = {
      ...paramsOf(factory, between),
      ...(factoryOf(factory).hasAlpha && call % 2 === 1 && { alpha: between(0, 1) ** 4 }),
      reduction: 'none',
    };
    const loss = (factories[factory] as (options: object) => Loss)(options);
    const want = compile(loss).valueAndGrad(Float64Array.from(logits), targets) as unknown as Results;
    return { logits, targets, options, loss, want };
  });
}

describe.each(engines().filter((engine) => engine !== 'javascript'))('%s: long calls, against float64', (engine) => {
  it.each([
    ...sigmoidAndSoftmax.filter((name) => factories[name]().link === 'sigmoid').map((name) => [name, 'hard'] as const),
    ...SOFT.map((name) => [name, 'soft'] as const),
  ])('%s, %s labels', (factory, kind) => {
    const worst = { value: { error: 0, text: '' }, grad: { error: 0, text: '' } };
    for (const { logits, targets, options, loss, want } of longOnce(factory, kind)) {
      const got = compile(loss, { engine }).valueAndGrad(logits, targets) as unknown as Results;
      for (const part of ['value', 'grad'] as const) {
        want[part].forEach((truth, i) => {
          const text = () => JSON.stringify({ factory, options, x: logits[i], y: targets[i] });
          const scale = scaleOf(loss, logits[i], targets[i], part, truth);
          note(worst[part], got[part][i], truth, scale, FORMATS.float32.tiny, text);
        });
      }
    }
    console.log(`float32 ${engine} long ${kind} ${factory} ${shown(worst)}`);
    expect(worst.value.error, worst.value.text).toBeLessThanOrEqual(FORMATS.float32.promise);
    expect(worst.grad.error, worst.grad.text).toBeLessThanOrEqual(FORMATS.float32.promise);
  });
});
