/** Second derivatives of float32 rows with a class each, against core's reference. */
import '../bench/relaxed.ts';
import {
  defineLoss,
  factories,
  type Loss,
  margin,
  reference,
  softmaxCrossEntropy,
  softmaxFocal,
} from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { sizesOf } from '../../../conformance/src/sizes.ts';
import { random } from '../../core/oracle/random.ts';
import { allocate, compile, engines, free } from '../src/index.ts';
import { paramsOf } from './draws.ts';
import { expectSame } from './same.ts';

type Factory = keyof typeof factories;

/** Below it there is no promise of digits. */
const TINY = 2 ** -126;
const PROMISE = 4e-6;
const simd = engines().filter((engine) => engine !== 'javascript');
const draw = random(1917);
const between = (low: number, high: number) => low + (high - low) * (draw() + draw() / 2 ** 32);

const own = (options: object) =>
  defineLoss({
    name: 'own',
    link: 'softmax',
    params: { power: 1.7 },
    formula: (o, x, y, { power }) => o.mul(y, o.mul(o.pow(o.sigmoid(o.neg(x)), power), o.softplus(o.neg(x)))),
    ...options,
  }) as Loss;

const members = (Object.keys(factories) as Factory[])
  .filter((name) => factories[name]().link === 'softmax' && factories[name]().targets !== 'place')
  .map((name) => {
    const make = factories[name] as (options: object) => Loss;
    return [name, (options: object) => make({ ...paramsOf(name, between), ...options })] as const;
  });

interface Rows {
  readonly classes: number;
  readonly logits: Float32Array;
  readonly targets: Int32Array;
  readonly weights?: Float64Array;
}

/** Rows of all bits; in every third, one class has nearly all that the target has not. */
function rowsOf(classes: number, rows: number, spread: number, ignored: boolean, weighted: boolean): Rows {
  const logits = Float32Array.from({ length: rows * classes }, () => between(-spread / 2, spread / 2));
  for (let row = 0; row < rows; row += 3) logits[row * classes + Math.floor(draw() * classes)] += between(0, 30);
  const targets = Int32Array.from({ length: rows }, () =>
    ignored && draw() < 0.2 ? -1 : Math.floor(draw() * classes),
  );
  const weights = Float64Array.from({ length: rows }, () => [0, 1, between(0.1, 9)][Math.floor(draw() * 3)]);
  return { classes, logits, targets, ...(weighted && { weights }) };
}

/** The worst error, relative to |r²·f″| + |r(1 − r)·f′| of each class. */
function worstOf(loss: Loss, hess: ArrayLike<number>, truth: ArrayLike<number>, rows: Rows): number {
  const { classes, logits, targets, weights } = rows;
  const sizes = sizesOf(loss, 2);
  const others = new Float64Array(classes);
  let worst = 0;
  targets.forEach((target, row) => {
    if (target === loss.ignoreIndex) {
      for (let j = 0; j < classes; j++) expect(Math.abs(hess[row * classes + j])).toBe(0);
      return;
    }
    const own = logits.subarray(row * classes, (row + 1) * classes);
    const { z } = margin(own, 0, classes, target, others);
    const [, slope, curve = 0] = sizes(z, 1);
    const factor = (weights?.[row] ?? 1) * (typeof loss.alpha === 'object' ? loss.alpha[target] : 1);
    others.forEach((r, j) => {
      let rest = 0;
      for (let k = 0; k < classes; k++) if (k !== j) rest += others[k];
      const size = factor * (j === target ? curve : r * r * curve + r * rest * slope);
      const at = row * classes + j;
      const error = Math.abs(hess[at] - truth[at]);
      if (!(size >= TINY || Math.abs(truth[at]) >= TINY)) return;
      worst = Math.max(worst, error / Math.max(size, Math.abs(truth[at]), TINY));
      if (!Number.isFinite(error)) worst = Infinity;
    });
  });
  return worst;
}

describe.each(simd)('%s', (engine) => {
  it.each([...members, ['own', own] as const])('%s', (name, make) => {
    let worst = 0;
    for (const [i, classes] of [2, 3, 4, 7, 10, 31, 32, 33, 35, 81, 300, 5, 2, 40].entries()) {
      const [ignored, weighted] = [i % 2 === 0, i % 5 < 2];
      const alpha = Array.from({ length: classes }, () => between(0.01, 3));
      const loss = make({
        reduction: 'none',
        ...(ignored && { ignoreIndex: -1 }),
        ...(i % 3 === 1 && { alpha }),
      });
      const rows = rowsOf(classes, classes > 50 ? 4 : 14, [2, 20, 60, 300][i % 4], ignored, weighted);
      const options = { shape: [rows.targets.length, classes], ...(weighted && { weights: rows.weights }) };
      const got = compile(loss, { engine }).valueGradHess(rows.logits, rows.targets, options);
      const truth = reference(loss).valueGradHess(rows.logits, rows.targets, options);
      const error = worstOf(loss, got.hess, truth.hess, rows);
      worst = Math.max(worst, error);
      expect(error, JSON.stringify({ name, classes, params: loss.params })).toBeLessThan(PROMISE);
      const { grad } = compile(loss, { engine }).valueAndGrad(rows.logits, rows.targets, options);
      const off = got.grad.map((g, i) => Math.abs(g - grad[i]) / Math.max(Math.abs(g), TINY));
      expect(Math.max(...off)).toBeLessThan(1e-6);
    }
    console.log(`${engine} ${name}: ${worst.toExponential(1)}`);
    // What float64 gives, rounded to float32, is exact to half a step: it was the vectors that ran.
    expect(worst).toBeGreaterThan(2 ** -24);
  });

  it('a class that has all that the target has not keeps the digits of what the others have', () => {
    // 1 − r of the second class is e^−40 of each other one, and f′ is −1.
    for (const classes of [3, 9, 31, 37]) {
      const logits = new Float32Array(classes);
      logits[1] = 40;
      const given = { shape: [1, classes] };
      const { hess } = compile(softmaxCrossEntropy(), { engine }).valueGradHess(logits, [0], given);
      const want = (classes - 1) * Math.exp(-40);
      expect(Math.abs(hess[1] / want - 1)).toBeLessThan(PROMISE);
    }
  });

  it('far from its class a row has a second derivative of a hundred times a probability without digits', () => {
    // Of a probability of 5e-41, as float32 has it, they were 8e-6 off.
    for (const z of [-92.68907596569183, -99.1, -103.53493690490723, -110]) {
      const logits = Float32Array.of(0, -z, -z - 87.3, 0, -z, -z - 87.3);
      for (const loss of [own({ reduction: 'none' }), softmaxFocal({ gamma: 4.6, reduction: 'none' })]) {
        const options = { shape: [2, 3] };
        const { hess } = compile(loss, { engine }).valueGradHess(logits, [0, 1], options);
        const truth = reference(loss).valueGradHess(logits, [0, 1], options);
        const targets = Int32Array.of(0, 1);
        expect(worstOf(loss, hess, truth.hess, { classes: 3, logits, targets })).toBeLessThan(PROMISE);
      }
    }
  });

  it('weights near the ends of float32, and shares that they lift into it', () => {
    const loss = softmaxFocal({ reduction: 'none' });
    for (const classes of [5, 37]) {
      const logits = Float32Array.from({ length: 9 * classes }, (_, i) => Math.sin(i * 1.7) * 60);
      const targets = Int32Array.from({ length: 9 }, (_, row) => (row * 7) % classes);
      const weights = Float64Array.of(1e-38, 1e-20, 1e30, 1e37, 0, 1, 1e9, 1e12, 3);
      const options = { shape: [9, classes], weights };
      const { hess } = compile(loss, { engine }).valueGradHess(logits, targets, options);
      const truth = reference(loss).valueGradHess(logits, targets, options);
      expect(worstOf(loss, hess, truth.hess, { classes, logits, targets, weights })).toBeLessThan(PROMISE);
    }
  });

  it('rows with classes first, a gradient and second derivatives in place and over the logits: the same bits', () => {
    for (const classes of [3, 8, 31, 32, 45]) {
      const rows = 1204;
      const logits = Float32Array.from({ length: rows * classes }, () => between(-9, 9));
      const targets = Int32Array.from({ length: rows }, () => Math.floor(draw() * classes));
      const run = compile(softmaxFocal(), { engine });
      const shape = [rows, classes];
      const want = run.valueGradHess(logits, targets, { shape });

      const turned = logits.map((_, i) => logits[(i % rows) * classes + Math.floor(i / rows)]);
      const first = run.valueGradHess(turned, targets, { shape: [classes, rows], axis: 0 });
      const back = (array: Float32Array) => array.map((_, i) => array[(i % classes) * rows + Math.floor(i / classes)]);
      expectSame({ ...first, grad: back(first.grad), hess: back(first.hess) }, want);

      const [X, grad, hess] = [logits, logits, logits].map((like) => allocate(Float32Array, like.length));
      X.set(logits);
      expectSame(run.valueGradHess(X, targets, { shape, grad, hess }), want);
      expectSame(run.valueGradHess(X, targets, { shape, grad, hess: X }), want);
      X.set(logits);
      expectSame(run.valueGradHess(X, targets, { shape, grad: X, hess }), want);
      for (const array of [X, grad, hess]) free(array);
    }
  });
});
