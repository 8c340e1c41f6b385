import type { Loss } from '@focal-loss/core';
import { type Dtype, precisionOf } from '@focal-loss/onnx';
import { lane, put } from './arrays.ts';
import { type CheckedCall, resultsOf } from './call.ts';
import { needsRepair, repair } from './repair.ts';
import type { Runtime, RuntimeSession, RuntimeTensor } from './runtime.ts';
import { inTurn } from './turns.ts';

/** Logits a run: chunks that stay in a processor's cache, and for anything else as many as memory is sure to hold. */
const CHUNK = { processor: 2 ** 16, other: 2 ** 24 };

/** On what a call runs. */
export interface Machine {
  readonly runtime: Runtime;
  readonly session: RuntimeSession;
  readonly dtype: Dtype;
  /** Whether it computes on the processor. */
  readonly onProcessor: boolean;
  /** Whether it writes an output where it is told to. */
  readonly writesInto: boolean;
  /** Whether it tells the least and the largest target. */
  readonly bounds: boolean;
}

/** Runs a call chunk by chunk, and adds the chunks up in float64. */
export async function runChunks(loss: Loss, call: CheckedCall, machine: Machine) {
  const { rows, classes, logits, targets, weights, divisor, grad, look } = call;
  const { runtime, session, dtype, bounds } = machine;
  const precision = precisionOf(dtype);
  const softmax = loss.link === 'softmax';
  const Result = resultsOf(precision);
  const values = loss.reduction === 'none' ? new Result(rows) : undefined;
  let total = 0;

  const tensor = (type: string, data: object, shape: readonly number[]) =>
    new runtime.Tensor(type as never, data as never, shape);
  const step = Math.max(1, Math.floor((machine.onProcessor ? CHUNK.processor : CHUNK.other) / classes));
  for (let from = 0; from < rows; from += step) {
    const n = Math.min(step, rows - from);
    const element = softmax ? 'int32' : precision;
    const feeds: Record<string, RuntimeTensor> = {
      logits: tensor(dtype, lane(logits, dtype, from * classes, n * classes), softmax ? [n, classes] : [n]),
      targets: tensor(element, lane(targets, element, from, n), [n]),
    };
    if (weights) feeds.weights = tensor(precision, lane(weights, precision, from, n), [n]);
    if (loss.reduction === 'mean') feeds.normalizer = tensor(precision, Result.of(divisor), []);
    const place = machine.writesInto ? grad?.subarray(from * classes, (from + n) * classes) : undefined;
    const fetches = place && {
      value: null,
      ...(bounds && { least: null, largest: null }),
      grad: tensor(dtype, place, feeds.logits.dims),
    };
    const out = await inTurn(runtime, () => (fetches ? session.run(feeds, fetches) : session.run(feeds)));

    const sum = values ? sumOf(out.value.data) : out.value.data[0];
    if (look !== undefined) {
      const inside = out.least.data[0] >= 0 && out.largest.data[0] <= 1;
      if (!inside || Number.isNaN(sum)) look();
    }
    if (needsRepair(sum, precision)) {
      const exact = repair(loss, call, from, n);
      total += exact.total;
      values?.set(exact.values, from);
      grad?.set(exact.grad, from * classes);
    } else {
      total += sum;
      if (values) put(out.value.data, values, from);
      if (grad && out.grad.data !== place) put(out.grad.data, grad, from * classes);
    }
  }
  return { value: values ?? total, grad };
}

/** Of a chunk: whether any of it is out of range, not how large. */
function sumOf(numbers: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < numbers.length; i++) total += numbers[i];
  return total;
}
