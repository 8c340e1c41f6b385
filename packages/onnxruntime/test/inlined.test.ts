/** A graph with operations of its own and functions, as files have it, and the same as plain nodes, as `compile` runs it. */
import { defineLoss, factories, type Loss, reference } from '@focal-loss/core';
import { type LossModelOptions, lossModel } from '@focal-loss/onnx';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.ts';
import { type Feeds, float32, float64, int64, run, waves } from './ready.ts';

const [ROWS, CLASSES] = [6, 4];
const wants = ['value', 'grad', 'hess'] as const;
const labels = [1, 0, 0.25, 0, 1, 0.5, 0, 1];

/** Inputs of every member; one row is an example. */
function feedsOf(loss: Loss, float: typeof float32 | typeof float64): Feeds {
  if (loss.link === 'sigmoid')
    return { logits: float(waves(ROWS * CLASSES)), targets: float(waves(ROWS * CLASSES).map((_, i) => labels[i % 8])) };
  const logits = float(waves(ROWS * CLASSES), [ROWS, CLASSES]);
  const entries = Array.from({ length: ROWS }, (_, i) => i % CLASSES);
  return { logits, targets: loss.targets === 'class' ? int64(entries) : float(entries.map((at) => at * 0.9)) };
}

/** In units of the type, of the largest of its kind. */
const formats = { float32: { float: float32, unit: 2 ** -23 }, float64: { float: float64, unit: 2 ** -52 } } as const;

describe.each(['float32', 'float64'] as const)('%s', (dtype) => {
  const { float, unit } = formats[dtype];
  it.each(Object.keys(factories) as (keyof typeof factories)[])('%s: functions and nodes agree', async (name) => {
    const loss = factories[name]({ reduction: 'none' }) as Loss;
    const options: LossModelOptions = { dtype, wants, opset: 17 };
    const [functions, nodes] = await Promise.all(
      [false, true].map((inline) => run(lossModel(loss, { ...options, inline }), feedsOf(loss, float))),
    );
    for (const part of wants) {
      const most = Math.max(...functions[part].map(Math.abs));
      functions[part].forEach((one, i) => {
        expect(Math.abs(one - nodes[part][i]), `${part}[${i}]`).toBeLessThanOrEqual(4 * unit * most);
      });
    }
  });
});

it('a loss that is its own slope has an output for each', async () => {
  const loss = defineLoss({ name: 'exp', reduction: 'none', formula: (o, x) => o.exp(x) });
  const truth = reference(loss).valueGradHess([1, -2], [1, 0]);
  for (const dtype of ['float32', 'float64'] as const) {
    for (const opset of [11, 17]) {
      const compiled = await compile(loss, { dtype, opset });
      const got = await compiled.valueGradHess([1, -2], [1, 0]);
      await compiled.dispose();
      for (const part of wants) {
        (truth[part] as Float64Array).forEach((one, i) => {
          expect((got[part] as Float64Array)[i] / one).toBeCloseTo(1, dtype === 'float32' ? 6 : 14);
        });
      }
    }
  }
});
