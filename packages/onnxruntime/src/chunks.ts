import { accumulator, type Loss } from '@focal-loss/core';
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

/** So many logits go into a run, in whole blocks of rows. */
export const rowsOfChunk = (onProcessor: boolean, classes: number, block = 1) =>
  block * Math.max(1, Math.floor((onProcessor ? CHUNK.processor : CHUNK.other) / (classes * block)));

/** Runs a call chunk by chunk, and adds the chunks up in float64. */
export async function runChunks(loss: Loss, call: CheckedCall, machine: Machine) {
  const { rows, classes, perClass, block, inner, logits, targets, targetRows, weights, divisor, grad, hess, look } =
    call;
  const { runtime, session, dtype, bounds } = machine;
  const precision = precisionOf(dtype);
  const Result = resultsOf(precision);
  const single = loss.reduction === 'none' || loss.reduction === 'example';
  const values = single ? new Result(rows) : undefined;
  let total = 0;

  const tensor = (type: string, data: object, shape: readonly number[]) =>
    new runtime.Tensor(type as never, data as never, shape);
  const shapeOf = (n: number) =>
    loss.link === 'softmax' ? [n, classes] : perClass ? [n / block, block / inner, inner] : [n];
  const step = rowsOfChunk(machine.onProcessor, classes, block);
  for (let from = 0; from < rows; from += step) {
    const n = Math.min(step, rows - from);
    const shape = shapeOf(n);
    const entries = loss.link === 'softmax' ? [n] : shape;
    const element = loss.targets === 'class' && !targetRows ? 'int32' : precision;
    const each = targetRows ? classes : 1;
    const feeds: Record<string, RuntimeTensor> = {
      logits: tensor(dtype, lane(logits, dtype, from * classes, n * classes), shape),
      targets: tensor(element, lane(targets, element, from * each, n * each), targetRows ? shape : entries),
    };
    if (weights) feeds.weights = tensor(precision, lane(weights, precision, from, n), entries);
    if (loss.reduction === 'mean') feeds.normalizer = tensor(precision, Result.of(divisor), []);
    const placeIn = (whole: Float32Array | Float64Array | undefined) =>
      machine.writesInto ? whole?.subarray(from * classes, (from + n) * classes) : undefined;
    const places = { grad: placeIn(grad), hess: placeIn(hess) };
    const fetches = (places.grad || places.hess) && {
      value: null,
      ...(bounds && { least: null, largest: null }),
      ...(places.grad && { grad: tensor(dtype, places.grad, shape) }),
      ...(places.hess && { hess: tensor(dtype, places.hess, shape) }),
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
      hess?.set(exact.hess, from * classes);
    } else {
      total += sum;
      if (values) put(out.value.data, values, from);
      if (grad && out.grad.data !== places.grad) put(out.grad.data, grad, from * classes);
      if (hess && out.hess.data !== places.hess) put(out.hess.data, hess, from * classes);
    }
  }
  return {
    value: loss.reduction === 'example' && values ? sumsOf(values, call.perExample) : (values ?? total),
    grad: grad && call.laidOut(grad, call.place),
    hess: hess && call.laidOut(hess),
  };
}

/** One sum for each example. */
function sumsOf<A extends Float32Array | Float64Array>(values: A, perExample: number): A {
  const sums = values.slice(0, values.length / perExample) as A;
  for (let i = 0; i < sums.length; i++) {
    const total = accumulator();
    for (let k = i * perExample; k < (i + 1) * perExample; k++) total.add(values[k]);
    sums[i] = total.total();
  }
  return sums;
}

/** Of a chunk: whether any of it is out of range, not how large. */
function sumOf(numbers: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < numbers.length; i++) total += numbers[i];
  return total;
}
