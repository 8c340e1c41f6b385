/** Kernels that are written at run time: which losses have them, and that they are the losses. */
import {
  type Derivative,
  defineLoss,
  factories,
  iouAwareCrossEntropy,
  type Label,
  type Loss,
  reference,
  sigmoidFocal,
} from '@focal-loss/core';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { compile, engines } from '../src/index.ts';
import { kernelsOf } from '../src/simd/kernels.ts';
import type { Build } from '../src/simd/plain.ts';
import { instantiate, type SimdMemory } from '../src/simd/wasm.ts';
import { expectSame } from './same.ts';

const builds = engines().filter((engine): engine is Build => engine !== 'javascript');
const WANTS: readonly (readonly Derivative[])[] = [['value'], ['value', 'grad'], ['value', 'grad', 'hess']];

/** Of no member: labels apart, an exponential and a power of its own, and a parameter that is called as an option is. */
const own = (options: object = {}) =>
  defineLoss({
    name: 'own',
    params: { alpha: 1.7, steep: 2.5 },
    formula: (o, x, y, { alpha, steep }) => {
      const miss = o.pow(o.sigmoid(o.neg(x)), steep);
      const positive = o.mul(alpha, o.mul(miss, o.softplus(o.neg(x))));
      const negative = o.mul(o.exp(o.neg(o.abs(x))), o.log1p(o.mul(o.sigmoid(x), alpha)));
      return o.add(o.mul(y, positive), o.mul(o.sub(o.constant(1), y), o.add(negative, o.softplus(x))));
    },
    ...options,
  });

describe.each(builds)('%s', (engine) => {
  const memory = instantiate(engine) as SimdMemory;

  it.each(Object.keys(factories))(
    '%s has a kernel with every switch, for every kind of label, for every part',
    (name) => {
      const make = factories[name as keyof typeof factories] as (options?: object) => Loss;
      const flags = Object.entries(make().params).filter(([, value]) => value === 0 || value === 1);
      const settings = flags.flatMap(([flag]) => [{ [flag]: true }, { [flag]: false }]);
      for (const options of [{}, ...settings]) {
        let loss: Loss;
        try {
          loss = make(options);
        } catch {
          // Not a switch, but a number that is 0 or 1.
          continue;
        }
        const labels: Label[] = loss.link === 'sigmoid' ? ['hard', 'any'] : ['margin'];
        for (const label of labels)
          for (const wants of WANTS) expect(kernelsOf(loss, memory)(label, wants)).toBeDefined();
      }
    },
  );

  it.each(['hard', 'soft'])("a loss of one's own runs on vectors, and is right: %s labels", (kind) => {
    const logits = Float32Array.from({ length: 4099 }, (_, i) => (i - 2050) * 0.00537);
    const targets = Float32Array.from(logits, (_, i) => (kind === 'hard' ? i % 2 : ((i * 7) % 100) / 128));
    const loss = own({ alpha: 0.3, reduction: 'none' });
    const got = compile(loss, { engine }).valueGradHess(logits, targets) as unknown as Record<string, Float32Array>;
    const want = compile(loss).valueGradHess(Float64Array.from(logits), targets) as unknown as Record<
      string,
      Float64Array
    >;
    for (const [part, bound] of [
      ['value', 1e-6],
      ['grad', 4e-6],
      ['hess', 8e-6],
    ] as const) {
      const most = want[part].reduce((most, each) => Math.max(most, Math.abs(each)), 0);
      // Slopes are differences here and there; what is no normal number has fewer digits.
      const size = (truth: number) => (part === 'value' ? truth + 2 ** -126 : most);
      const errors = Array.from(want[part], (truth, i) => Math.abs(got[part][i] - truth) / size(truth));
      expect(Math.max(...errors)).toBeLessThan(bound);
    }
    // What the loops on float64 give, rounded, is something else: it was not those that ran.
    expect(got.value).not.toEqual(Float32Array.from(want.value));
  });

  it('1 − α keeps its digits as an exponent: y^(1 − α) of y = 5e-12 was 1.7e-6 off', () => {
    const logits = Float32Array.of(-26.027530670166016, -39.64985656738281, -20.3, 7.77);
    const targets = Float32Array.of(3.640595637455224e-12, 4.917478313015974e-13, 1.3e-9, 3.3e-5);
    for (const alpha of [0.2500158985830495, 0.48802979437752914, 0.0731, 0.913]) {
      const loss = iouAwareCrossEntropy({ alpha, floor: 0, reduction: 'none' });
      const truth = reference(loss).value(logits, targets) as Float64Array;
      const value = compile(loss, { engine }).value(logits, targets) as Float32Array;
      truth.forEach((expected, i) => {
        expect(Math.abs(value[i] - expected) / expected, `α = ${alpha} at ${logits[i]}`).toBeLessThan(5e-7);
      });
    }
  });

  it('a parameter has its own value in a kernel that two losses share', () => {
    const logits = new Float32Array([0.5, -2, 3, 1]);
    const values = [1.5, 1.7].map((gamma) => compile(sigmoidFocal({ gamma }), { engine }).value(logits, [1, 0, 0, 1]));
    const truths = [1.5, 1.7].map((gamma) =>
      compile(sigmoidFocal({ gamma })).value(Float64Array.from(logits), [1, 0, 0, 1]),
    );
    for (const [i, value] of values.entries()) expect(Math.abs(value / truths[i] - 1)).toBeLessThan(1e-6);
  });
});

describe('float64', () => {
  it('vectors and loops give the same bits', () => {
    const logits = Float64Array.from({ length: 2051 }, (_, i) => (i - 1000) * 0.717);
    for (const targets of [logits.map((_, i) => i % 2), logits.map((x) => Math.abs(Math.sin(x)))]) {
      for (const loss of [...Object.values(factories).map((make) => (make as () => Loss)()), own()]) {
        if (loss.link === 'softmax') continue;
        const [fast, slow] = [compile(loss), compile(loss, { engine: 'javascript' })];
        expectSame(fast.valueGradHess(logits, targets), slow.valueGradHess(logits, targets));
      }
    }
  });
});

describe('bundles', () => {
  it('one loss brings no kernel and no formula of another', async () => {
    const contents = `import { sigmoidFocal } from '@focal-loss/core'; import { compile } from './src/index.ts';
      globalThis.it = compile(sigmoidFocal());`;
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: new URL('..', import.meta.url).pathname },
      ...{ bundle: true, format: 'esm', platform: 'browser', minify: true, write: false, logLevel: 'silent' },
    });
    const others = Object.values(factories)
      .map((make) => (make as () => Loss)().key as string)
      .filter((key) => key !== 'focal' && key !== 'iouAwareCrossEntropy');
    for (const key of others) expect(outputFiles[0].text).not.toContain(`key:"${key}"`);
    expect(outputFiles[0].text).toContain('key:"focal"');
  });
});
