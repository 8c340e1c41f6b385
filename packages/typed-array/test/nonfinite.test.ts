import '../bench/relaxed.ts';
import { defineLoss, type Formula, factories, type Loss, reference } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { random } from '../../core/oracle/random.ts';
import { compile, engines } from '../src/index.ts';
import { paramsOf } from './draws.ts';

const same = (got: number, want: number) =>
  Object.is(got, want) || got === want || Math.abs(got - want) <= 1e-6 * Math.abs(want) + 2 ** -120;

/** Calls, and what core makes of them, once for all engines. */
const asked = new Map<string, ReturnType<typeof draws>>();
function callsOf(factory: keyof typeof factories) {
  const known = asked.get(factory) ?? draws(factory);
  asked.set(factory, known);
  return known;
}

function draws(factory: keyof typeof factories) {
  const draw = random(5);
  const between = (low: number, high: number) => low + (high - low) * draw();
  const softmax = factories[factory]().link === 'softmax';
  return Array.from({ length: 20 }, (_, i) => {
    const params = i % 2 ? paramsOf(factory, between) : {};
    const loss = (factories[factory] as (options: object) => Loss<'none'>)({ ...params, reduction: 'none' });
    const special = [Infinity, -Infinity, Number.NaN, 3e38, -3e38, 800, -800, 0];
    const logits = softmax
      ? Float32Array.from({ length: 24 }, () => (draw() < 0.3 ? special[Math.floor(draw() * 8)] : between(-5, 5)))
      : Float32Array.from([...special, ...special, ...special, 1]);
    const targets = softmax
      ? Float32Array.from({ length: 8 }, () => Math.floor(draw() * 3))
      : Float32Array.from(logits, (_, j) => [0, 1, i % 3 ? 1 : 0.3][Math.floor(j / 8)] ?? 1);
    const options = softmax ? { shape: [8, 3] } : {};
    return { params, loss, logits, targets, options, want: reference(loss).valueGradHess(logits, targets, options) };
  });
}

describe.each(engines())('%s: logits that are not finite, and those near the end', (engine) => {
  it.each(Object.keys(factories) as (keyof typeof factories)[])('%s gives what core gives', (factory) => {
    for (const { params, loss, logits, targets, options, want } of callsOf(factory)) {
      const run = compile(loss, { engine });
      const all = run.valueGradHess(logits, targets, options);
      const two = run.valueAndGrad(logits, targets, options);
      for (const [part, got] of [
        ['value', all.value],
        ['value', two.value],
        ['grad', two.grad],
        ['grad', all.grad],
        ['hess', all.hess],
      ] as const) {
        const wanted = want[part] as Float64Array;
        wanted.forEach((one, j) => {
          if (same(got[j], Math.fround(one))) return;
          const at = JSON.stringify({ part, params, logits: [...logits].map(String), targets: [...targets], j });
          expect.fail(`${at}: ${got[j]} instead of ${one}`);
        });
      }
    }
  });
});

/** Formulas of which something is a number where the logit is none: what is not the sum of a NaN need not be one. */
const own: Readonly<Record<string, Formula>> = {
  'a power of a sigmoid': (o, x, _, { p }) => o.pow(o.sigmoid(o.neg(x)), p),
  'a logarithm': (o, x) => o.log(o.add(o.constant(2), o.softplus(x))),
  'log(1 + a)': (o, x) => o.log1p(o.softplus(x)),
};

describe.each(engines())("%s: losses of one's own", (engine) => {
  it.each(Object.entries(own))('%s of NaN is NaN, and of an ignored or silenced NaN nothing', (_, formula) => {
    for (const more of [{}, { ignoreIndex: 1 }, { alpha: 0 }]) {
      const loss = defineLoss({ name: 'own', formula, params: { p: 0.5 }, reduction: 'none', ...more });
      const [logits, targets] = [
        [Number.NaN, 0.5, 2, Number.NaN, -1],
        [1, 0, 0, 0, 1],
      ];
      const want = reference(loss).valueGradHess(logits, targets);
      for (const Logits of [Float32Array, Float64Array]) {
        const run = compile(loss, { engine });
        const input = new Logits(logits);
        const isNone = (part: unknown) => Array.from(part as Float64Array, Number.isNaN);
        const [all, two] = [run.valueGradHess(input, targets), run.valueAndGrad(input, targets)];
        for (const got of [all, two, { value: run.value(input, targets) }])
          for (const part of Object.keys(got) as (keyof typeof want)[])
            expect(isNone((got as typeof want)[part]), part).toEqual(isNone(want[part]));
      }
    }
  });
});
