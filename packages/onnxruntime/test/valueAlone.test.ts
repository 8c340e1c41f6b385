/** The graph of a value alone is not that of a value beside a gradient: targets are looked at as a whole, and counted by a mean. */
import { factories, type Loss, reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { buildModel } from '../src/index.ts';
import { float32, int64, run, waves } from './ready.ts';

/** Each within a relative error of 1e-6; what is no normal number counts as 0. */
function near(got: ArrayLike<number>, right: ArrayLike<number>): void {
  expect(got.length).toBe(right.length);
  Array.from(right).forEach((truth, i) => {
    const error = Math.abs(got[i] - truth);
    expect(error, `[${i}]: ${got[i]}, not ${truth}`).toBeLessThanOrEqual(1e-6 * Math.abs(truth) + 2 ** -126);
  });
}

describe.each([11, 17, 19, 20, 26])('opset %i', (opset) => {
  it.each(['mean', 'sum'] as const)('a target that is none makes the %s NaN', async (reduction) => {
    const model = buildModel(sigmoidFocal({ reduction }), { opset });
    const lossOf = async (targets: number[]) =>
      (await run(model, { logits: float32([1, -2, 3]), targets: float32(targets) })).value[0];
    expect(await lossOf([0, 1, 0.5])).toBeGreaterThan(0);
    for (const bad of [-0.1, 1.1, Number.NaN, Infinity]) expect(await lossOf([0, bad, 1])).toBeNaN();
  });

  it('of nothing the mean and the sum are 0', async () => {
    for (const reduction of ['mean', 'sum'] as const) {
      const model = buildModel(sigmoidFocal({ reduction }), { opset });
      expect(await run(model, { logits: float32([]), targets: float32([]) })).toEqual({ value: [0] });
    }
  });

  it('is what the reference says, of soft labels too', async () => {
    const labels = [0, 1, 0.25, 0.9, 1, 0, 1e-6, 0.5, 1, 1, 0, 1];
    for (const make of Object.values(factories)) {
      const loss = make({ reduction: 'mean' }) as Loss;
      if (loss.link === 'softmax') continue;
      const { value } = await run(buildModel(loss, { opset }), {
        logits: float32(waves(12)),
        targets: float32(labels),
      });
      near(value, [reference(loss).value(waves(12), labels.map(Math.fround)) as number]);
    }
  });

  it.each([
    [-108, -72],
    [-1050, -1000],
    [88, 100],
    [1000, 1090],
    [-100, 100],
    [12.3, 99.9],
  ])('a softmax of %d and %d loses no digit', async (a, b) => {
    const rows = [a, b, b, a].map(Math.fround);
    const loss = softmaxFocal({ reduction: 'none', gamma: 0.5 });
    const truth = reference(loss).valueAndGrad(rows, [1, 1], { shape: [2, 2] });
    for (const grad of [false, true]) {
      const out = await run(buildModel(loss, { opset, grad }), {
        logits: float32(rows, [2, 2]),
        targets: int64([1, 1]),
      });
      near(out.value, truth.value as Float64Array);
      if (grad) near(out.grad, truth.grad);
    }
  });
});
