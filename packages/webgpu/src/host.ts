import { FocalLossError, fromFloat16Bits, type Loss, toFloat16Bits } from '@focal-loss/core';
import { lostError, type SharedResources } from './device.ts';
import type { Dtype } from './storage.ts';

/** Results on their way back: where they lie in the buffer they are read through, and what takes them. */
export interface Readback {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
  readonly take: (bytes: ArrayBuffer) => void;
}

const FILTERS = ['validation', 'out-of-memory', 'internal'] as const;

/**
 * Does work that is queued at once, and waits for its results.
 *
 * @throws {@link FocalLossError} if the device is lost or cannot do it.
 */
export async function answered(shared: SharedResources, loss: Loss, queue: () => readonly Readback[]): Promise<void> {
  const { device } = shared;
  for (const filter of FILTERS) device.pushErrorScope(filter);
  const readbacks = queue();
  const faults = FILTERS.map(() => device.popErrorScope());
  const read = await Promise.allSettled(readbacks.map((one) => readBack(shared, one)));
  const refused = read.find((one) => one.status === 'rejected');
  const fault = (await Promise.all(faults.map((one) => one.catch(() => null)))).find((one) => one !== null);
  if (refused !== undefined || shared.lost !== undefined) throw await failure(shared, loss, refused?.reason);
  if (fault) throw failed(loss, fault.message);
}

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

/** Puts numbers into a buffer of the workspace. */
export function put({ device, workspace }: SharedResources, name: string, data: ArrayBufferView<ArrayBuffer>) {
  const size = Math.ceil(data.byteLength / 4) * 4;
  const buffer = workspace.get(name, size);
  device.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength);
  return { buffer, offset: 0, size };
}

/** Numbers as float32, without a copy where they are that already and can be handed to the queue. */
export function floats(numbers: ArrayLike<number>, from: number, end: number): Float32Array<ArrayBuffer> {
  if (numbers instanceof Float32Array) {
    const view = numbers.subarray(from, end);
    return view.buffer instanceof ArrayBuffer ? (view as Float32Array<ArrayBuffer>) : new Float32Array(view);
  }
  if (from === 0 && end === numbers.length) return new Float32Array(numbers);
  return Float32Array.from({ length: end - from }, (_, i) => numbers[from + i]);
}

/** The same numbers, whatever becomes of theirs. */
export const copied = (numbers: ArrayLike<number>): ArrayLike<number> =>
  ArrayBuffer.isView(numbers) ? Float64Array.from(numbers as Float32Array) : Array.from(numbers);

export function encoded(
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

export const decoded = (bytes: ArrayBuffer, length: number, dtype: Dtype): Float32Array =>
  dtype === 'float16'
    ? Float32Array.from(new Uint16Array(bytes, 0, length), fromFloat16Bits)
    : new Float32Array(bytes, 0, length);
