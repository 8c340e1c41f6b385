/** Options drawn together, of every member, against core's reference: models on their own, and `compile`. */
import { factories } from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { type DrawnCall, drawnCalls, worstOf } from '../../onnx/test/drawn.ts';
import { buildModel, compile } from '../src/index.ts';
import { run } from './ready.ts';

const formats = {
  float32: { round: Math.fround, Lane: Float32Array, allowed: { value: 1e-6, grad: 1e-6, hess: 4e-6 } },
  float64: {
    round: (a: number) => a,
    Lane: Float64Array,
    allowed: { value: 1e-14, grad: 1e-14, hess: 4e-14 },
  },
} as const;
type Dtype = keyof typeof formats;
type Found = Record<'value' | 'grad' | 'hess', { error: number; text: string }>;

const names = Object.keys(factories) as (keyof typeof factories)[];
const nothing = () => ({ error: 0, text: '' });

/** The worst error of each part over some calls. */
async function worst(
  calls: Iterable<DrawnCall>,
  evaluate: (call: DrawnCall, i: number) => Promise<Readonly<Record<'value' | 'grad' | 'hess', ArrayLike<number>>>>,
): Promise<Found> {
  const found: Found = { value: nothing(), grad: nothing(), hess: nothing() };
  let i = 0;
  for (const call of calls) {
    const got = await evaluate(call, i++);
    for (const part of ['value', 'grad', 'hess'] as const) {
      const error = worstOf(got[part], call.truth[part], call.scale[part]);
      if (error > found[part].error) found[part] = { error, text: call.text };
    }
  }
  return found;
}

const say = (what: string, { value, grad, hess }: Found) => {
  const [v, g, h] = [value, grad, hess].map(({ error }) => error.toExponential(1));
  console.log(`${what}: value ${v}, gradient ${g}, second derivatives ${h}`);
};

function expectWithin(found: Found, dtype: Dtype): void {
  for (const part of ['value', 'grad', 'hess'] as const) {
    expect(found[part].error, `${part} ${found[part].text}`).toBeLessThanOrEqual(formats[dtype].allowed[part]);
  }
}

describe.each(['float32', 'float64'] as const)('%s', (dtype) => {
  const { round, Lane } = formats[dtype];

  it.each(names)('%s: a model on its own', async (name) => {
    // What an opset changes it changes in both.
    const found = await worst(drawnCalls(name, dtype === 'float32' ? 5 : 3, 11, round), async (call, i) => {
      const { loss, logits, targets, targetRows, shape, axis, weights, weightsShape } = call;
      const at = axis < 0 ? axis + shape.length : axis;
      const entries = loss.link === 'softmax' ? shape.filter((_, k) => k !== at) : shape;
      const named = [i % 2 === 0 ? 'first' : shape[0], ...shape.slice(1)];
      const model = buildModel(loss, {
        dtype,
        axis,
        shape: at === 0 ? shape : named,
        grad: true,
        hess: true,
        weights: weights !== undefined,
        weightsShape,
        targets: targetRows ? 'rows' : 'entries',
        opset: (dtype === 'float32' ? [11, 13, 18, 23, 26] : [11, 17, 26])[i],
        accumulate: 'float64',
      });
      const float = (values: Float64Array, of: readonly number[]) => new ort.Tensor(dtype, Lane.from(values), of);
      const isIndex = loss.targets === 'class' && !targetRows;
      return (await run(model, {
        logits: float(logits, shape),
        targets: isIndex
          ? new ort.Tensor('int64', BigInt64Array.from(targets, BigInt), entries)
          : float(targets, targetRows ? shape : entries),
        ...(weights && { weights: float(weights, weightsShape ?? entries) }),
      })) as never;
    });
    say(`${name} ${dtype} model`, found);
    expectWithin(found, dtype);
  });

  it.each(names)('%s: compiled', async (name) => {
    const found = await worst(drawnCalls(name, 2, 12, round), async (call) => {
      const { loss, logits, targets, shape, axis, weights, weightsShape } = call;
      const compiled = await compile(loss, { runtime: ort, dtype, sessionOptions: { intraOpNumThreads: 1 } });
      const { value, grad, hess } = await compiled.valueGradHess(logits, targets, {
        shape,
        axis,
        weights,
        weightsShape,
      });
      await compiled.dispose();
      return { value: typeof value === 'number' ? [value] : (value as ArrayLike<number>), grad, hess };
    });
    say(`${name} ${dtype} compiled`, found);
    expectWithin(found, dtype);
  });
});
