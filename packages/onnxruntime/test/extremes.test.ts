/** What graphs make of rows that have no softmax. `compile` gives what the reference does. */
import { reference, softmaxCrossEntropy, softmaxFocal } from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { buildModel } from '../src/index.ts';

const rows: [row: number[], story: string][] = [
  [[-Infinity, -Infinity, -Infinity], 'a row that is masked as a whole was uniform'],
  [[Number.NaN, 0, 0], 'NaN'],
];
const fine = [
  [-Infinity, 1, 2],
  [1, -3e38, -Infinity],
  [Infinity, 0, 1],
  [8e37, 0, 0],
  [1.5, 0.25, -2],
];

describe.each([13, 18, 21, 25])('opset %i', (opset) => {
  it.each([softmaxFocal, softmaxCrossEntropy])('%s', async (factory) => {
    const loss = factory({ reduction: 'none' });
    const model = buildModel(loss, { grad: true, opset });
    const session = await ort.InferenceSession.create(model, { logSeverityLevel: 4 });
    const run = async (row: readonly number[], target: number) => {
      const { value, grad } = await session.run({
        logits: new ort.Tensor('float32', Float32Array.from(row), [1, row.length]),
        targets: new ort.Tensor('int64', BigInt64Array.of(BigInt(target)), [1]),
      });
      return [...(value.data as Float32Array), ...(grad.data as Float32Array)];
    };
    for (const [row, story] of rows) {
      for (const value of await run(row, 0)) expect(value, story).toBeNaN();
    }
    for (const row of fine) {
      const target = row.findIndex((x) => x > -1e38);
      const truth = reference(loss).valueAndGrad(Float32Array.from(row), [target], { shape: [1, row.length] });
      const right = [...(truth.value as Float64Array), ...truth.grad];
      const got = await run(row, target);
      got.forEach((one, i) => {
        expect(Math.abs(one - right[i])).toBeLessThanOrEqual(1e-6 * Math.abs(right[i]));
      });
    }
    await session.release();
  });
});
