import { describe, expect, it } from 'vitest';
import { curvatureOf, links, lossOf } from '../oracle/links.ts';
import { textbook } from '../oracle/textbook/index.ts';
import {
  defineLoss,
  FocalLossError,
  factories,
  formulas,
  type Loss,
  posterior,
  reference,
  sigmoidFocal,
  softmaxCrossEntropy,
  softmaxFocal,
} from '../src/index.ts';
import { draws } from './draws.ts';

const { draw, between, oneOf, params } = draws(17);
const makers = Object.values(factories) as unknown as ((options?: object) => Loss)[];
const makerOf = (key: string, link: 'sigmoid' | 'softmax') =>
  makers.find((make) => make().key === key && make().link === link) as (options?: object) => Loss;
const keysOf = (link: 'sigmoid' | 'softmax') =>
  formulas.family.filter(({ links }) => links.includes(link)).map(({ key }) => key);

describe('hess where a loss has its minimum', () => {
  it('of quality focal loss with β = 2, which is smooth there: 2·(p(1−p))²·CE (at x = 0, y = ½ it was 0)', () => {
    const run = reference(factories.qualityFocal({ reduction: 'none' }));
    const { grad, hess } = run.valueGradHess([0, 0], [0.5, 0.5]);
    expect(grad[0]).toBe(0);
    expect(hess[0]).toBeCloseTo(Math.LN2 / 8, 15);
  });
});

describe('hess: the second derivatives of the textbook, by differences in 120 digits', () => {
  it.each(keysOf('sigmoid'))('%s: within 4e-14 of the size of its terms', (key) => {
    let worst = 0;
    for (let i = 0; i < 60; i++) {
      const x = between(-60, 60);
      const y = oneOf([0, 1, draw()]);
      const loss = makerOf(key, 'sigmoid')(params[key]());
      const definition = textbook[key];
      const [truth] = curvatureOf({ link: links.sigmoid, definition }, [x], y, loss.params).map(Number);
      const { value, grad } = lossOf({ link: links.sigmoid, definition }, [x], y, loss.params);
      const got = reference(loss).valueGradHess([x], [y]).hess[0];
      // Terms are as large as value and slope with the powers that differentiation brings.
      const size = Math.max(Math.abs(truth), 30 * Number(value), 30 * Math.abs(Number(grad[0])));
      worst = Math.max(worst, size < 1e-290 ? 0 : Math.abs(got - truth) / size);
    }
    console.log(`${key}: worst ${worst.toExponential(1)}`);
    expect(worst).toBeLessThan(4e-14);
  });

  it.each(keysOf('softmax'))('%s at a softmax: within 4e-14 of the size of its terms', (key) => {
    let worst = 0;
    for (let i = 0; i < 25; i++) {
      const classes = 2 + Math.floor(draw() * 4);
      const size = between(0, 40);
      const logits = Array.from({ length: classes }, () => between(-size, size));
      const target = Math.floor(draw() * classes);
      const loss = makerOf(key, 'softmax')(params[key]());
      const definition = textbook[key];
      const truth = curvatureOf({ link: links.softmax, definition }, logits, target, loss.params).map(Number);
      const { hess, grad } = reference(loss).valueGradHess(logits, [target], { shape: [1, classes] });
      truth.forEach((want, j) => {
        const of = Math.max(Math.abs(want), 30 * Math.abs(grad[j]));
        worst = Math.max(worst, of < 1e-290 ? 0 : Math.abs(hess[j] - want) / of);
      });
    }
    console.log(`${key}: worst ${worst.toExponential(1)}`);
    expect(worst).toBeLessThan(4e-14);
  });

  it('of rows of probabilities it is the slope of the gradient', () => {
    const loss = softmaxFocal({ gamma: 1.5, alpha: [1, 2, 0.5, 3], labelSmoothing: 0.05, reduction: 'sum' });
    const [x, y] = [
      [0.3, -1.2, 0.8, 2],
      [0.5, 0, 0.2, 0.3],
    ];
    const options = { shape: [1, 4] };
    const at = (j: number, by: number) =>
      reference(loss).valueAndGrad(
        x.map((v, k) => (k === j ? v + by : v)),
        y,
        options,
      ).grad[j];
    const { hess } = reference(loss).valueGradHess(x, y, options);
    x.forEach((_, j) => {
      expect(Math.abs(hess[j] - (at(j, 1e-5) - at(j, -1e-5)) / 2e-5)).toBeLessThan(1e-9);
    });
  });
});

describe('posterior: where the expected loss is least', () => {
  const told = makers.map((make) => make({})).filter((loss) => loss.untold === undefined);
  it.each([...told, sigmoidFocal({ gamma: 2.3, alpha: 0.2 }), factories.asymmetric({ margin: 0, gammaPositive: 0.5 })])(
    '$name: the expected loss has no slope there',
    (loss) => {
      const rows = 60;
      const classes = loss.link === 'softmax' ? 4 : 1;
      const logits = Array.from({ length: rows * classes }, () => between(-12, 12));
      const eta = posterior(loss)(logits, { shape: [rows, classes] });
      // 1 − η of an η near 1 has no digits; the logit has.
      const rest = posterior(loss)(logits, { shape: [rows, classes], logit: true }).map((l) => 1 / (1 + Math.exp(l)));
      const at = reference({ ...loss, reduction: 'none' } as Loss);
      for (let i = 0; i < rows; i++) {
        const row = logits.slice(i * classes, (i + 1) * classes);
        const grads =
          classes === 1
            ? [0, 1].map((y) => at.valueAndGrad(row, [y]).grad.map((g) => g * (y === 1 ? eta[i] : rest[i])))
            : row.map((_, c) =>
                at.valueAndGrad(row, [c], { shape: [1, classes] }).grad.map((g) => g * eta[i * classes + c]),
              );
        row.forEach((_, j) => {
          const terms = grads.map((grad) => grad[j]);
          const sum = terms.reduce((a, b) => a + b, 0);
          const size = terms.reduce((a, b) => a + Math.abs(b), 0);
          expect(Math.abs(sum)).toBeLessThanOrEqual(1e-13 * size);
        });
      }
    },
  );

  it('is σ(x) for cross-entropy and Ψ^γ for focal loss, from 1e-300 to 1 − 1e-16', () => {
    const logits = [-690, -300, -50, -3, 0, 3, 37, 700];
    const [ce, focal] = [factories.sigmoidCrossEntropy(), sigmoidFocal({ gamma: 0 })].map((loss) =>
      posterior(loss)(logits),
    );
    logits.forEach((x, i) => {
      const sigma = x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
      expect(Math.abs(ce[i] / sigma - 1)).toBeLessThan(2e-13);
      expect(focal[i]).toBeCloseTo(ce[i], 15);
    });
    expect(Array.from(posterior(sigmoidFocal())([-1e300, 1e300, Number.NaN]))).toEqual([0, 1, Number.NaN]);
    const logit = posterior(sigmoidFocal())([-1000, 1000], { logit: true });
    expect(logit[0]).toBeCloseTo(Math.log(3) - 3000, 9);
    expect(logit[1]).toBe(-logit[0]);
  });

  it('is the softmax for softmax cross-entropy, along any axis', () => {
    const rows = posterior(softmaxCrossEntropy())([1, 2, 3, 1000, 0, -1000], { shape: [2, 3] });
    const columns = posterior(softmaxCrossEntropy())([1, 1000, 2, 0, 3, -1000], { shape: [3, 2], axis: 0 });
    expect(rows[2]).toBeCloseTo(1 / (1 + Math.exp(-1) + Math.exp(-2)), 15);
    expect([rows[0], rows[3], rows[1], rows[4], rows[2], rows[5]]).toEqual(Array.from(columns));
  });

  it('is refused with the reason where the minimum does not tell it', () => {
    const own = defineLoss({ name: 'held', formula: (o, x, y) => o.mul(o.detach(o.sigmoid(x)), o.sub(x, y)) });
    const refused = [
      factories.asymmetric(),
      factories.varifocal({ detach: true }),
      factories.matchabilityAware(),
      factories.iouAwareCrossEntropy(),
      sigmoidFocal({ alpha: 1 }),
      softmaxFocal({ alpha: [1, 0] }),
      sigmoidFocal({ labelSmoothing: 0.1 }),
      own,
    ].map((loss) => {
      try {
        posterior(loss);
      } catch (error) {
        return error;
      }
      return undefined;
    });
    for (const error of refused) expect(error).toBeInstanceOf(FocalLossError);
    expect(refused.map((error) => (error as Error).message)).toMatchSnapshot();
  });
});
