import { type Derivative, FocalLossError, fromFloat16Bits, type Loss, toFloat16Bits } from '@focal-loss/core';
import { lostError, type SharedResources } from './device.ts';
import { blockOf, PARTIAL, type Recording, recordChunk, recordTotal } from './dispatch.ts';
import { plan } from './plan.ts';
import { bytesOf, type Dtype } from './storage.ts';

/** A checked call with numbers on the host. */
export interface ArrayCall {
  readonly shared: SharedResources;
  readonly loss: Loss;
  readonly dtype: Dtype;
  readonly alphas: GPUBuffer | undefined;
  readonly rows: number;
  readonly classes: number;
  /** 1 / denominator. */
  readonly inverse: number;
  readonly wants: readonly Derivative[];
}

/** The value, one number or one a target, and the gradient if it was asked for. */
export interface ArrayAnswer {
  value: number | Float32Array<ArrayBuffer>;
  grad: Float32Array<ArrayBuffer>;
}

/** Results on their way back: where they lie in the buffer they are read through, and what takes them. */
interface Readback {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
  readonly take: (bytes: ArrayBuffer) => void;
}

/**
 * Runs a call. Each chunk is copied to the device, computed and copied back; all of it is queued before this function
 * returns, so that the buffers are free for the next call while this one waits for its answer.
 */
export async function runArrays(
  call: ArrayCall,
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): Promise<ArrayAnswer> {
  const { shared, loss, dtype, rows, classes, wants, inverse, alphas } = call;
  const grad = wants.includes('grad');
  const each = loss.reduction === 'none';
  const answer: ArrayAnswer = {
    value: each ? new Float32Array(rows) : 0,
    grad: new Float32Array(grad ? rows * classes : 0),
  };
  if (rows === 0) return answer;

  const { device, workspace, readback } = shared;
  const cut = plan(loss, { rows, classes }, dtype, device);
  const weighted = weights !== undefined;
  const recording: Recording = { shared, loss, dtype, classes, plan: cut, wants, weighted, inverse, alphas };
  const readbacks: Readback[] = [];
  for (const filter of FILTERS) device.pushErrorScope(filter);

  const partials = workspace.get('partials', cut.partials * PARTIAL);
  const put = (name: string, data: ArrayBufferView<ArrayBuffer>) => {
    const size = Math.ceil(data.byteLength / 4) * 4;
    const buffer = workspace.get(name, size);
    device.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength);
    return { buffer, offset: 0, size };
  };
  for (const [i, chunk] of cut.chunks.entries()) {
    const { first, n } = chunk;
    const [from, end] = [first * classes, (first + n) * classes];
    const gradBytes = Math.ceil(((end - from) * bytesOf(dtype)) / 4) * 4;
    const valueBytes = each ? 4 * n : 8;
    const ranges = {
      logits: put('logits', encoded(logits, from, end, dtype)),
      targets: put('targets', floats(targets, first, first + n)),
      weights: weights && put('weights', floats(weights, first, first + n)),
      grad: { buffer: workspace.get('grad', grad ? gradBytes : 4), offset: 0, size: gradBytes },
      value: { buffer: workspace.get('value', valueBytes), offset: 0, size: valueBytes },
    };
    const block = put('call', blockOf(recording, chunk)).buffer;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass({ label: loss.name });
    recordChunk(pass, recording, chunk, ranges, block, { partials }, 0);
    const last = i === cut.chunks.length - 1;
    if (!each && last) recordTotal(pass, recording, block, { partials }, ranges.value);
    pass.end();

    const hasValue = each || last;
    const bytes = (grad ? gradBytes : 0) + (hasValue ? valueBytes : 0);
    if (bytes > 0) {
      const buffer = readback.take(bytes);
      if (grad) encoder.copyBufferToBuffer(ranges.grad.buffer, 0, buffer, 0, gradBytes);
      if (hasValue) encoder.copyBufferToBuffer(ranges.value.buffer, 0, buffer, bytes - valueBytes, valueBytes);
      const take = (bytes: ArrayBuffer) => {
        if (grad) answer.grad.set(decoded(bytes, end - from, dtype), from);
        const numbers = new Float32Array(bytes, grad ? gradBytes : 0, hasValue ? valueBytes / 4 : 0);
        if (each) (answer.value as Float32Array).set(numbers, first);
        else if (hasValue) answer.value = Number.isFinite(numbers[0]) ? numbers[0] + numbers[1] : numbers[0];
      };
      readbacks.push({ buffer, bytes, take });
    }
    device.queue.submit([encoder.finish()]);
  }

  const faults = FILTERS.map(() => device.popErrorScope());
  const read = await Promise.allSettled(readbacks.map((one) => readBack(shared, one)));
  const refused = read.find((one) => one.status === 'rejected');
  const fault = (await Promise.all(faults.map((one) => one.catch(() => null)))).find((one) => one !== null);
  if (refused !== undefined || shared.lost !== undefined) throw await failure(shared, loss, refused?.reason);
  if (fault) throw failed(loss, fault.message);
  return answer;
}

const FILTERS = ['validation', 'out-of-memory', 'internal'] as const;

async function readBack(shared: SharedResources, { buffer, bytes, take }: Readback): Promise<void> {
  let isRead = false;
  try {
    await buffer.mapAsync(1, 0, bytes);
    take(buffer.getMappedRange(0, bytes));
    buffer.unmap();
    isRead = true;
  } finally {
    shared.readback.giveBack(buffer, isRead && shared.users > 0);
  }
}

/** What to throw for a buffer that could not be mapped: most likely the device is lost, and about to say so. */
async function failure(shared: SharedResources, loss: Loss, reason: unknown): Promise<FocalLossError> {
  await Promise.race([shared.device.lost, new Promise((resolve) => setTimeout(resolve, 100))]);
  if (shared.lost !== undefined) return lostError(loss.name, shared.lost);
  return failed(loss, reason instanceof Error ? reason.message : String(reason));
}

const failed = (loss: Loss, why: string): FocalLossError =>
  new FocalLossError(loss.name, [{ field: 'device', got: `an error (${why})`, takes: 'a call that it can run' }]);

/** Numbers as float32, without a copy where they are that already and can be handed to the queue. */
function floats(numbers: ArrayLike<number>, from: number, end: number): Float32Array<ArrayBuffer> {
  if (numbers instanceof Float32Array) {
    const view = numbers.subarray(from, end);
    return view.buffer instanceof ArrayBuffer ? (view as Float32Array<ArrayBuffer>) : new Float32Array(view);
  }
  if (from === 0 && end === numbers.length) return new Float32Array(numbers);
  return Float32Array.from({ length: end - from }, (_, i) => numbers[from + i]);
}

function encoded(
  logits: ArrayLike<number>,
  from: number,
  end: number,
  dtype: Dtype,
): Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  const numbers = floats(logits, from, end);
  if (dtype === 'float32') return numbers;
  // Two to a word; an odd end is filled up with 0.
  const halves = new Uint16Array(numbers.length + (numbers.length % 2));
  numbers.forEach((number, i) => {
    halves[i] = toFloat16Bits(number);
  });
  return halves;
}

const decoded = (bytes: ArrayBuffer, length: number, dtype: Dtype): Float32Array =>
  dtype === 'float16'
    ? Float32Array.from(new Uint16Array(bytes, 0, length), fromFloat16Bits)
    : new Float32Array(bytes, 0, length);
