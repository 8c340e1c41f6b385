import { describe, expect, it } from 'vitest';
import { scalar, type Table, table, tables } from '../src/arrays.ts';
import {
  defineLoss,
  frame,
  iouAwareCrossEntropy,
  type Loss,
  reference,
  sigmoidFocal,
  softmaxFocal,
  softmaxFocalStar,
} from '../src/index.ts';

const floats = (numbers: readonly number[]) => Float64Array.from(numbers);

/** Value, gradient and second derivatives through the frame, whatever denominators have to be counted. */
function run(
  loss: Loss,
  logits: readonly number[],
  targets: readonly number[],
  weights?: readonly number[],
  classes = 1,
) {
  const parts = frame(
    tables,
    loss,
    {
      logits: table(floats(logits), targets.length, classes),
      targets: table(floats(targets)),
      weights: weights && table(floats(weights)),
      alpha: Array.isArray(loss.alpha) ? { classes: table(floats(loss.alpha), 1, classes) } : undefined,
    },
    ['value', 'grad', 'hess'],
  );
  return parts as Required<typeof parts> & { value: Table; grad: Table; hess: Table };
}

const logits = [0.3, -1.7, 2.2, 0.9, -0.4, 1.3];

describe('frame', () => {
  const cases: [Loss, number[], number[] | undefined, number][] = [
    [sigmoidFocal({ gamma: 1.3, alpha: 0.3 }), [1, 0, 0.4, 0, 1, 0], undefined, 1],
    [sigmoidFocal({ normalizer: 'positives' }), [1, 0, 0.4, 0, 1, 0], [1, 2, 0.5, 0, 3, 1], 1],
    [sigmoidFocal({ normalizer: 'weights', ignoreIndex: -1 }), [1, 0, -1, 0, 1, 0], [1, 2, 0.5, 0, 3, 1], 1],
    [softmaxFocal({ gamma: 2, alpha: [1, 2, 0.5] }), [2, 0], undefined, 3],
    [softmaxFocal({ normalizer: 'positives', background: 0, ignoreIndex: 2 }), [1, 2, 0], [1, 3, 2], 2],
    [softmaxFocalStar({ reduction: 'sum' }), [1, 0], [0.5, 2], 3],
  ];
  it.each(cases)('%o: denominators it counts are those of the reference', (loss, targets, weights, classes) => {
    const { value, grad } = run(loss, logits, targets, weights, classes);
    const shape = [targets.length, classes];
    const options = { ...(classes > 1 && { shape }), ...(weights && { weights }) };
    const expected = reference(loss).valueAndGrad(logits, targets, options);
    expect(value.data[0]).toBeCloseTo(expected.value as number, 14);
    grad.data.forEach((slope, i) => {
      expect(slope).toBeCloseTo(expected.grad[i], 14);
    });
  });

  it.each(cases)('%o: hess is the derivative of grad', (loss, targets, weights, classes) => {
    const { hess } = run(loss, logits, targets, weights, classes);
    const step = 1e-5;
    logits.forEach((_, i) => {
      const at = (by: number) =>
        run(
          loss,
          logits.map((x, j) => (j === i ? x + by : x)),
          targets,
          weights,
          classes,
        ).grad.data[i];
      expect(hess.data[i]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 8);
    });
  });

  it('averages nothing to 0, with gradient 0', () => {
    const { value, grad } = run(sigmoidFocal({ ignoreIndex: -1 }), [Number.NaN, 1], [-1, -1]);
    expect([value.data[0], ...grad.data]).toEqual([0, 0, 0]);
  });

  it('a target or weight that is none makes its entry NaN, and no other', () => {
    const { value, grad } = run(sigmoidFocal({ reduction: 'none' }), [1, 1, 1], [1.5, 1, 1], [1, 1, -1]);
    expect(Array.from(value.data, Number.isNaN)).toEqual([true, false, true]);
    expect(Array.from(grad.data, Number.isNaN)).toEqual([true, false, true]);
    const rows = run(softmaxFocal({ reduction: 'none' }), [1, 2, 3, 4], [2, 1], undefined, 2);
    expect(Array.from(rows.value.data, Number.isNaN)).toEqual([true, false]);
  });

  it('a weight that is held fixed adds nothing to the gradient', () => {
    const held = defineLoss({
      name: 'held',
      labels: 'apart',
      reduction: 'sum',
      formula: (o, x, _y) => o.mul(o.detach(o.sigmoid(x)), o.softplus(x)),
    });
    const { grad } = run(held, [0.7], [0]);
    const p = 1 / (1 + Math.exp(-0.7));
    expect(grad.data[0]).toBeCloseTo(p * p, 15);
  });

  it('takes a denominator from outside, 0 included', () => {
    const { value } = frame(
      tables,
      sigmoidFocal(),
      { logits: table(floats([1])), targets: table(floats([1])), denominator: scalar(0) },
      ['value'],
    );
    expect(value?.data[0]).toBe(0);
  });
});

describe('logits beyond what parameters times them can be', () => {
  it('FL* at 1e300 was ∞ or NaN: it is continued along its slope', () => {
    const { value, grad } = reference(
      defineLoss({
        name: 'steep',
        params: { k: 1e30 },
        reduction: 'none',
        formula: (o, x, _y, { k }) => o.div(o.softplus(o.neg(o.affine(k, x, o.constant(1)))), k),
      }),
    ).valueAndGrad([-1e300, 1e300, -Infinity], [1, 1, 1]);
    expect(Array.from(value as Float64Array)).toEqual([1e300, 0, Infinity]);
    expect(Array.from(grad)).toEqual([-1, -0, -1]);
  });
});

it('a backend that turns a logit to its size gets the same of a loss whose labels are alike', () => {
  const asked: number[][] = [];
  const turning = {
    ...tables,
    turn(x: Table, y: Table) {
      asked.push(Array.from(x.data));
      const isNegative = tables.less(x, tables.constant(0));
      const one = tables.constant(1);
      return {
        size: tables.abs(x),
        label: tables.choose(isNegative, tables.sub(one, y), y),
        side: tables.choose(isNegative, tables.constant(-1), one),
      };
    },
  };
  const inputs = { logits: table(floats([0, -0.4, 1.3, -2])), targets: table(floats([1, 0.25, 0, 1])) };
  const parts = ['value', 'grad', 'hess'] as const;
  for (const loss of [sigmoidFocal({ alpha: 0.25 }), sigmoidFocal({ labelSmoothing: 0.1 })]) {
    const got = frame(turning, loss, inputs, parts);
    const expected = frame(tables, loss, inputs, parts);
    for (const part of parts) {
      for (const [i, value] of (expected[part] as Table).data.entries()) {
        expect((got[part] as Table).data[i]).toBeCloseTo(value, 14);
      }
    }
  }
  // Smoothed labels are turned by which of the two is smaller.
  expect(asked).toEqual([[0, -0.4, 1.3, -2]]);
});

it('the root of a sigmoid that is no normal number: σ(−1000)^¼ was 0, and it is e^−250', () => {
  const loss = iouAwareCrossEntropy({ alpha: 0.25, floor: 0, reduction: 'none' });
  for (const x of [-400, -700, -704, -748, -1000, -2500, -2828]) {
    const expected = Math.exp(x / 4) * -x;
    expect(Math.abs(run(loss, [x], [1]).value.data[0] - expected) / expected, `${x}`).toBeLessThan(2e-15);
  }
  expect(run(loss, [-Infinity, -1e300], [1, 1]).grad.data.map(Math.abs)).toEqual(floats([0, 0]));
});
