import '../bench/relaxed.ts';
import { factories } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { random } from '../../core/oracle/random.ts';
import { compile, type EngineName, engines } from '../src/index.ts';
import { draws, paramsOf } from './draws.ts';

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

function measure(factory: keyof typeof factories, dtype: keyof typeof FORMATS, engine: EngineName) {
  const { tiny } = FORMATS[dtype];
  const value: Worst = { error: 0, text: '' };
  const grad: Worst = { error: 0, text: '' };
  for (const { loss, logits, targets, options, truth, text } of draws(factory, dtype, 150, 2026)) {
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

describe.each(engines().filter((engine) => engine !== 'javascript'))(
  '%s: long calls of hard labels, against float64',
  (engine) => {
    it.each(sigmoidAndSoftmax.filter((name) => factories[name]().link === 'sigmoid'))('%s', (factory) => {
      const draw = random(1722);
      const between = (low: number, high: number) => low + (high - low) * (draw() + draw() / 2 ** 32);
      const worst = { value: { error: 0, text: '' }, grad: { error: 0, text: '' } };
      for (let call = 0; call < 40; call++) {
        const size = [1, 10, 100][call % 3];
        const logits = Float32Array.from({ length: 9_999 }, () => between(-size, size));
        const targets = Uint8Array.from(logits, () => Math.round(draw()));
        const options = {
          ...paramsOf(factory, between),
          ...(factory !== 'qualityFocal' && call % 2 && { alpha: between(0, 1) ** 4 }),
          reduction: 'none',
        };
        const loss = factories[factory](options as never);
        const got = compile(loss, { engine }).valueAndGrad(logits, targets) as unknown as Results;
        const want = compile(loss).valueAndGrad(Float64Array.from(logits), targets) as unknown as Results;
        for (const part of ['value', 'grad'] as const) {
          want[part].forEach((truth, i) => {
            const text = () => JSON.stringify({ factory, options, x: logits[i], y: targets[i] });
            note(worst[part], got[part][i], truth, 0, FORMATS.float32.tiny, text);
          });
        }
      }
      console.log(`float32 ${engine} long ${factory} ${shown(worst)}`);
      expect(worst.value.error, worst.value.text).toBeLessThanOrEqual(FORMATS.float32.promise);
      expect(worst.grad.error, worst.grad.text).toBeLessThanOrEqual(FORMATS.float32.promise);
    });
  },
);
