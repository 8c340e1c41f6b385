import { accumulator, type Derivative, type Loss } from '@focal-loss/core';
import type { CheckedArrays } from './call.ts';
import type { SharedResources } from './device.ts';
import {
  blockOf,
  chunkStep,
  dispatch,
  PARTIAL,
  type Ranges,
  type Recording,
  readyStep,
  totalStep,
} from './dispatch.ts';
import { answered, copied, decoded, encoded, floats, put, type Readback } from './host.ts';
import { plan } from './plan.ts';
import { prepared } from './prepare.ts';
import { isEach } from './spec.ts';
import { bytesOf, type Dtype } from './storage.ts';

/** A checked call with numbers on the host. */
export interface ArrayCall
  extends Pick<
    CheckedArrays,
    'rows' | 'classes' | 'inner' | 'categories' | 'targetRows' | 'examples' | 'perExample' | 'inverse'
  > {
  readonly shared: SharedResources;
  readonly loss: Loss;
  readonly dtype: Dtype;
  readonly alphas: GPUBuffer | undefined;
  readonly wants: readonly Derivative[];
}

/** The value, one number or one a target or example, and the derivatives that were asked for. */
export interface ArrayAnswer {
  value: number | Float32Array<ArrayBuffer>;
  grad: Float32Array<ArrayBuffer>;
  hess: Float32Array<ArrayBuffer>;
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
  const { shared, loss, dtype, rows, classes, inner, categories, wants, inverse, alphas, targetRows } = call;
  const [grad, hess] = [wants.includes('grad'), wants.includes('hess')];
  const each = isEach(loss);
  const answer: ArrayAnswer = {
    value: each ? new Float32Array(rows) : 0,
    grad: new Float32Array(grad ? rows * classes : 0),
    hess: new Float32Array(hess ? rows * classes : 0),
  };
  if (rows === 0) return reduced(call, answer);

  const { device, workspace, readback } = shared;
  const asked = { loss, dtype, rows, classes, inner, wants, targets: 'float32', targetRows } as const;
  const cut = plan(asked, shared.capacity);
  const recording: Recording = {
    ...asked,
    shared,
    categories,
    unseen: false,
    plan: cut,
    weighted: weights !== undefined,
    inverse,
    denominator: 'known',
    scaleGiven: false,
    scaled: false,
    accumulate: [],
    alphas,
  };
  const missing = textsOf(recording, each).filter((code) => !shared.pipelines.has(code));
  if (missing.length > 0) {
    // What the caller changes meanwhile is no part of this call.
    [logits, targets, weights] = [copied(logits), copied(targets), weights && copied(weights)];
    await prepared(loss, shared, missing);
  }
  await answered(shared, loss, () => {
    const readbacks: Readback[] = [];
    const partials = workspace.get('partials', cut.partials * PARTIAL);
    for (const [i, chunk] of cut.chunks.entries()) {
      const { first, n } = chunk;
      const [from, end] = [first * classes, (first + n) * classes];
      const gradBytes = Math.ceil(((end - from) * bytesOf(dtype)) / 4) * 4;
      const hessBytes = hess ? 4 * (end - from) : 0;
      const valueBytes = each ? 4 * n : 8;
      const ranges = {
        logits: put(shared, 'logits', encoded(logits, from, end, dtype)),
        targets: put(shared, 'targets', targetRows ? floats(targets, from, end) : floats(targets, first, first + n)),
        weights: weights && put(shared, 'weights', floats(weights, first, first + n)),
        grad: { buffer: workspace.get('grad', grad ? gradBytes : 4), offset: 0, size: gradBytes },
        hess: hess ? { buffer: workspace.get('hess', hessBytes), offset: 0, size: hessBytes } : undefined,
        value: { buffer: workspace.get('value', valueBytes), offset: 0, size: valueBytes },
      };
      const block = put(shared, 'call', blockOf(recording, chunk)).buffer;
      const label = `focal-loss ${loss.name}`;
      const encoder = device.createCommandEncoder({ label });
      const pass = encoder.beginComputePass({ label });
      dispatch(pass, readyStep(shared, chunkStep(recording, chunk, ranges, block, { partials }, 0)));
      const last = i === cut.chunks.length - 1;
      if (!each && last) dispatch(pass, readyStep(shared, totalStep(recording, block, { partials }, ranges.value)));
      pass.end();

      const hasValue = each || last;
      const [hessAt, valueAt] = [grad ? gradBytes : 0, (grad ? gradBytes : 0) + hessBytes];
      const bytes = valueAt + (hasValue ? valueBytes : 0);
      if (bytes > 0) {
        const buffer = readback.take(bytes);
        if (grad) encoder.copyBufferToBuffer(ranges.grad.buffer, 0, buffer, 0, gradBytes);
        if (ranges.hess) encoder.copyBufferToBuffer(ranges.hess.buffer, 0, buffer, hessAt, hessBytes);
        if (hasValue) encoder.copyBufferToBuffer(ranges.value.buffer, 0, buffer, valueAt, valueBytes);
        const take = (bytes: ArrayBuffer) => {
          if (grad) answer.grad.set(decoded(bytes, end - from, dtype), from);
          if (hess) answer.hess.set(new Float32Array(bytes, hessAt, end - from), from);
          const numbers = new Float32Array(bytes, valueAt, hasValue ? valueBytes / 4 : 0);
          if (each) (answer.value as Float32Array).set(numbers, first);
          else if (hasValue) answer.value = Number.isFinite(numbers[0]) ? numbers[0] + numbers[1] : numbers[0];
        };
        readbacks.push({ buffer, bytes, take });
      }
      device.queue.submit([encoder.finish()]);
    }
    return readbacks;
  });
  return reduced(call, answer);
}

/** With the sums of examples in the place of single losses; an example may be without any. */
const reduced = (call: ArrayCall, { value, ...derivatives }: ArrayAnswer): ArrayAnswer => ({
  ...derivatives,
  value: call.loss.reduction === 'example' ? sumsOf(value as Float32Array, call) : value,
});

/** The texts of the kernels that a call needs. */
function textsOf(recording: Recording, each: boolean): string[] {
  const none = { buffer: undefined as unknown as GPUBuffer, offset: 0, size: 0 };
  const ranges: Ranges = { logits: none, targets: none };
  const chunk = chunkStep(recording, recording.plan.chunks[0], ranges, none.buffer, { partials: none.buffer }, 0);
  return [chunk.code, ...(each ? [] : [totalStep(recording, none.buffer, { partials: none.buffer }, none).code])];
}

/** The sum of each example. */
function sumsOf(losses: Float32Array, { examples, perExample }: Pick<ArrayCall, 'examples' | 'perExample'>) {
  return Float32Array.from({ length: examples }, (_, k) => {
    const sum = accumulator();
    for (let i = 0; i < perExample; i++) sum.add(losses[k * perExample + i]);
    return sum.total();
  });
}
