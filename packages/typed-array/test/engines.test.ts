import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import {
  asymmetric,
  gaussianFocal,
  type Loss,
  matchabilityAware,
  qualityFocal,
  sigmoidCrossEntropy,
  sigmoidFocal,
  sigmoidFocalStar,
  sigmoidPoly,
  softmaxFocal,
  varifocal,
} from '@focal-loss/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, engines } from '../src/index.ts';
import { expectSame } from './same.ts';

/** The smallest normal float32; below it digits go. */
const TINY = 2 ** -126;
const simd = engines().filter((engine) => engine !== 'javascript');
const reduction = 'none';
const losses: Loss<'none'>[] = [
  sigmoidCrossEntropy({ reduction }),
  ...[0, 0.1, 0.5, 0.9, 1, 1.5, 2, 2.7, 3, 4, 5].map((gamma) => sigmoidFocal({ gamma, reduction })),
  sigmoidFocalStar({ gamma: 5, beta: 3, reduction }),
  sigmoidFocalStar({ gamma: 0.1, beta: -2, reduction }),
  qualityFocal({ beta: 0.5, reduction }),
  qualityFocal({ beta: 2, reduction }),
  sigmoidPoly({ reduction }),
  sigmoidPoly({ epsilon: 3, gamma: 1.5, reduction }),
  gaussianFocal({ reduction }),
  gaussianFocal({ alpha: 1.5, reduction }),
  varifocal({ reduction }),
  varifocal({ gamma: 0.5, alpha: 0.3, detach: true, reduction }),
  matchabilityAware({ reduction }),
  asymmetric({ margin: 0, reduction }),
  asymmetric({ gammaPositive: 0.5, gammaNegative: 2, margin: 0, reduction }),
];

/** The worst relative error of float32 results against float64 ones. */
function worst(got: Float32Array, truth: Float64Array): number {
  return truth.reduce(
    (most, t, i) => (Math.abs(t) < TINY ? most : Math.max(most, Math.abs(got[i] - t) / Math.abs(t))),
    0,
  );
}

describe.each(simd)('%s', (engine) => {
  it.each(losses.map((loss) => [loss.name, JSON.stringify(loss.params), loss] as const))(
    '%s %s keeps 1e-6 on a grid finer than the vectors',
    (_, __, loss) => {
      // Steps that fall on no round float32, over the range of logits that are promised.
      const logits = Float32Array.from({ length: 120_000 }, (_, i) => (i - 60_000) * 0.00166621);
      const targets = Uint8Array.from(logits, (_, i) => i & 1);
      const got = compile(loss, { engine }).valueAndGrad(logits, targets);
      const truth = compile(loss).valueAndGrad(Float64Array.from(logits), targets);
      expect(worst(got.value, truth.value)).toBeLessThan(1e-6);
      expect(worst(got.grad, truth.grad)).toBeLessThan(1e-6);
    },
  );

  it('agrees with JavaScript whatever the size, α, weights, soft labels and ignored entries', () => {
    const entry = fc.record({
      x: fc.oneof({ weight: 20, arbitrary: fc.float({ min: -30, max: 30, noNaN: true }) }, fc.float()),
      y: fc.oneof({ weight: 20, arbitrary: fc.constantFrom(0, 1) }, fc.constantFrom(-1, 0.25)),
      w: fc.constantFrom(0, 1, 2.5),
    });
    const property = fc.property(
      fc.array(entry, { maxLength: 70 }),
      fc.constantFrom(undefined, 0.25),
      fc.constantFrom(undefined, 'weights' as const, 'positives' as const),
      fc.boolean(),
      (entries, alpha, normalizer, weighted) => {
        const loss = sigmoidFocal({ ignoreIndex: -1, ...(alpha && { alpha }), ...(normalizer && { normalizer }) });
        const logits = Float32Array.from(entries, ({ x }) => x);
        const targets = entries.map(({ y }) => y);
        const options = weighted ? { weights: entries.map(({ w }) => w) } : {};
        const got = compile(loss, { engine }).valueAndGrad(logits, targets, options);
        const want = compile(loss, { engine: 'javascript' }).valueAndGrad(logits, targets, options);
        const same = (a: number, b: number) =>
          Object.is(a, b) || a === b || Math.abs(a - b) <= 2e-6 * Math.abs(b) + TINY;
        expect(same(got.value, want.value)).toBe(true);
        expect(Array.from(got.grad).every((g, i) => same(g, want.grad[i]))).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('softmax rows of every length up to three vectors, and with differences that float32 must round', () => {
    for (const classes of [2, 3, 4, 5, 7, 8, 9, 12, 80, 1000, 4096]) {
      const rows = 5;
      const shape = [rows, classes];
      const logits = Float32Array.from({ length: rows * classes }, (_, i) => Math.sin(i * 1.7) * 43.21);
      const targets = Uint16Array.from({ length: rows }, (_, i) => (i * 37) % classes);
      const loss = softmaxFocal({ gamma: 2 });
      const got = compile(loss, { engine }).valueAndGrad(logits, targets, { shape });
      const truth = compile(loss).valueAndGrad(Float64Array.from(logits), targets, { shape });
      expect(Math.abs(got.value / truth.value - 1)).toBeLessThan(1e-6);
      expect(worst(got.grad, truth.grad)).toBeLessThan(1e-6);
    }
  });

  it('a target that float32 would round to ignoreIndex is still a bad one', () => {
    const run = compile(sigmoidFocal({ ignoreIndex: 2 ** 24 + 1 }), { engine });
    expect(() => run.value(new Float32Array(2), new Int32Array([2 ** 24 + 1, 2 ** 24]))).toThrow(/targets\[1\]/);
  });

  it('gives the same bits on every run', () => {
    const logits = Float32Array.from({ length: 100_003 }, (_, i) => Math.sin(i) * 9);
    const targets = Uint8Array.from(logits, (_, i) => Number(i % 7 === 0));
    const run = compile(sigmoidFocal({ alpha: 0.25 }), { engine });
    const first = run.valueAndGrad(logits, targets);
    expectSame(run.valueAndGrad(logits, targets), first);
  });

  it('sums ten million losses to what one of them is, to nine digits', () => {
    const n = 10_000_000;
    const run = compile(sigmoidFocal({ reduction: 'sum' }), { engine });
    const one = run.value(new Float32Array([-2.5]), [0]);
    expect(Math.abs(run.value(new Float32Array(n).fill(-2.5), new Uint8Array(n)) / (n * one) - 1)).toBeLessThan(1e-9);
  });
});

describe('engines', () => {
  it('an engine that is none is refused, with those that are', () => {
    expect(() => compile(sigmoidFocal(), { engine: 'gpu' as never })).toThrow(/engine got "gpu", takes .*javascript/);
  });

  it('the package stays below 60 kB gzipped, all WebAssembly included', () => {
    const dist = new URL('../dist/', import.meta.url);
    const scripts = readdirSync(dist).filter((name) => name.endsWith('.js'));
    const sizes = scripts.map((name) => gzipSync(readFileSync(new URL(name, dist))).length);
    const size = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`dist: ${size} bytes gzipped`);
    expect(size).toBeLessThan(60_000);
  });
});
