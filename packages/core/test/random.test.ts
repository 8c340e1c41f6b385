import { describe, expect, it } from 'vitest';
import type { Decimal } from '../oracle/decimal.ts';
import { evaluate } from '../oracle/evaluate.ts';
import { links, lossOf } from '../oracle/links.ts';
import { textbook } from '../oracle/textbook/index.ts';
import { factories, formulas, type Loss, reference } from '../src/index.ts';
import { draws } from './draws.ts';

const { draw, between, oneOf, params } = draws(13);
const elementwise = Object.keys(params).filter((key) => key !== 'distribution');

/** The worst error of value and gradient, relative to the truth or, for differences, to the size of its terms. */
function worst(loss: Loss, logits: number[], target: number, shape?: number[]): number {
  const definition = textbook[loss.key as string];
  const truth = lossOf({ link: links[loss.link], definition }, logits, target, loss.params);
  const at = reference(loss).valueAndGrad(logits, [target], shape && { shape });
  const error = (got: number, truth: Decimal, scale = truth) => {
    const [want, size] = [Number(truth), Math.max(Math.abs(Number(truth)), Math.abs(Number(scale)))];
    return size < 2 ** -1022 ? 0 : Math.abs(got - want) / size;
  };
  const errors = [error(at.value as number, truth.value, truth.valueScale)];
  at.grad.forEach((got, j) => {
    errors.push(error(got, truth.grad[j], truth.gradScale?.[j]));
  });
  return Math.max(...errors);
}

describe('the reference at random inputs, all options drawn together', () => {
  it.each(elementwise)('%s: hard and soft labels down to 1e-12, |β| ≤ 50: within 1e-14', (key) => {
    const made = Object.values(factories).filter((factory) => factory().key === key && factory().link === 'sigmoid');
    let most = { error: 0, at: '' };
    for (let i = 0; i < 150; i++) {
      const x = between(-100, 100);
      const y = oneOf([0, 1, draw(), 10 ** between(-12, 0), 1 - 10 ** between(-12, 0)]);
      const loss = made[0](params[key]() as never);
      const error = worst(loss, [x], y);
      if (error > most.error) most = { error, at: JSON.stringify({ x, y, ...loss.params }) };
    }
    console.log(`${key}: worst ${most.error.toExponential(2)} at ${most.at}`);
    expect(most.error).toBeLessThan(1e-14);
  });

  it.each(formulas.family.filter(({ key, links }) => links.includes('softmax') && key in params).map(({ key }) => key))(
    '%s: softmax rows with a spread to 300: within 1e-14',
    (key) => {
      const made = Object.values(factories).filter((factory) => factory().key === key && factory().link === 'softmax');
      let most = { error: 0, at: '' };
      for (let i = 0; i < 60; i++) {
        const classes = 2 + Math.floor(draw() * 6);
        const size = between(0, 150);
        const logits = Array.from({ length: classes }, () => between(-size, size));
        const loss = made[0](params[key]() as never);
        const error = worst(loss, logits, Math.floor(draw() * classes), [1, classes]);
        if (error > most.error) most = { error, at: JSON.stringify({ logits, ...loss.params }) };
      }
      console.log(`${key}: worst ${most.error.toExponential(2)} at ${most.at}`);
      expect(most.error).toBeLessThan(1e-14);
    },
  );

  it.each(['asymmetric', 'varifocal', 'gaussianFocal', 'iouAwareCrossEntropy', 'matchabilityAware'] as const)(
    '%s: labels smoothed to nearly 1 leave of 1 what they should (it had lost eight digits): within 1e-14',
    (factory) => {
      let most = { error: 0, at: '' };
      for (let i = 0; i < 40; i++) {
        const options = { ...params[factory](), reduction: 'none' as const, labelSmoothing: 10 ** between(-8, -1) };
        const input = {
          logits: [between(-60, 60), between(-5, 5)],
          targets: [1, oneOf([1, 0, 1 - 10 ** between(-8, 0)])],
        };
        const truth = evaluate({ factory, options }, input, false);
        const got = reference(factories[factory](options as never)).valueAndGrad(input.logits, input.targets);
        for (const part of ['value', 'grad'] as const) {
          const scales = part === 'value' ? truth.valueScale : truth.gradScale;
          (truth[part] as number[]).forEach((want, j) => {
            const size = Math.max(Math.abs(want), scales?.[j] ?? 0);
            const error = size < 2 ** -1022 ? 0 : Math.abs((got[part] as Float64Array)[j] - want) / size;
            if (error > most.error) most = { error, at: JSON.stringify({ ...options, ...input }) };
          });
        }
      }
      expect(most.error, most.at).toBeLessThan(1e-14);
    },
  );
});
