import {
  anything,
  type Checks,
  checkOptions,
  extentsOf,
  FocalLossError,
  flag,
  type Loss,
  type Problem,
  shapeOf,
} from '@focal-loss/core';
import { record } from './bound.ts';
import { blockOf, countSteps, countTotalStep, PARTIAL, type Recording, readyStep } from './dispatch.ts';
import type { Setting } from './encode.ts';
import { type Encoder, encoderProblems } from './encoder.ts';
import { plan } from './plan.ts';
import { type BufferRange, rangeOf } from './ranges.ts';
import { bytesOfTarget } from './storage.ts';

/** What {@link WebGpuLoss.countPositives} reads and writes. */
export interface CountOptions {
  /** As in `encode`. */
  readonly targets: BufferRange;
  /** Receives the count, one float32. */
  readonly into: BufferRange;
  /** Whether the count is added to what is there. Default `false`. */
  readonly accumulate?: boolean | undefined;
  /** Of the logits, as in `encode`; without it all of `targets` counts. Rows of probabilities need it. */
  readonly shape?: readonly number[] | undefined;
  readonly axis?: number | undefined;
  readonly targetRows?: boolean | undefined;
}

const CHECKS: Checks = {
  targets: anything,
  into: anything,
  accumulate: flag,
  shape: anything,
  axis: anything,
  targetRows: flag,
};

/** Losses that count positives whatever their own normalizer, each once: texts are kept by them. */
const counting = new WeakMap<Loss, Loss>();

/** Records the count of positives. */
export function countPositives(setting: Setting, encoder: Encoder, given: CountOptions): void {
  const { shared, dtype, targets: format } = setting;
  const loss = counting.get(setting.loss) ?? { ...setting.loss, normalizer: 'positives' };
  counting.set(setting.loss, loss);
  const problems: Problem[] = encoderProblems(encoder, undefined);
  const bad = (field: string, got: unknown, takes: string) => problems.push({ field, got, takes });
  const options = checkOptions(loss.name, given, CHECKS, problems) as unknown as CountOptions;
  const { shape, axis, targetRows = false, accumulate = false } = options;
  if (loss.link === 'softmax' && loss.background === undefined) {
    bad('background', undefined, 'a class index, as an option of the loss: positives are what is not of this class');
  }
  if (targetRows && (shape === undefined || loss.link !== 'softmax')) {
    bad('targetRows', targetRows, 'false, but of a softmax loss, with a shape');
  }
  const targets = rangeOf('targets', options.targets, shared.capacity, bad);
  const into = rangeOf('into', options.into, shared.capacity, bad);
  if (!targets || !into || problems.length > 0) throw new FocalLossError(loss.name, problems);

  const bytes = bytesOfTarget(format);
  const sizes =
    shape === undefined
      ? { rows: targets.size / bytes, classes: 1, inner: 1, categories: { count: 1, inner: 1 } }
      : extentsOf(loss, shapeOf(loss, 0, shape, axis));
  const need = Math.ceil((sizes.rows * bytes * (targetRows ? sizes.classes : 1)) / 4) * 4;
  if (targets.size < need) bad('targets', `${targets.size} bytes`, `${need} bytes or more`);
  if (into.size < 4) bad('into', `${into.size} bytes`, '4 bytes or more');
  if (targets.buffer === into.buffer && targets.offset < into.offset + 4 && into.offset < targets.offset + need) {
    bad('into', 'memory that overlaps targets', 'memory of its own');
  }
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);

  const asked = { dtype, targets: format, loss, ...sizes, wants: [], targetRows };
  const recording: Recording = {
    ...asked,
    shared,
    unseen: true,
    plan: plan(asked, shared.capacity),
    weighted: false,
    inverse: 1,
    denominator: 'counted',
    scaleGiven: false,
    scaled: false,
    accumulate: accumulate ? ['value'] : [],
    alphas: undefined,
  };
  const { chunks, partials: sums } = recording.plan;
  const some = chunks.length > 0 ? chunks : [{ first: 0, n: 0, groups: 0, firstPartial: 0 }];
  const calls = some.map((chunk) => shared.blocks.get(blockOf(recording, chunk)));
  const partials = shared.scratch.get('partials', Math.max(sums, 1) * PARTIAL);
  const made = [
    ...countSteps(recording, { targets }, calls, partials),
    countTotalStep(recording, calls[calls.length - 1], partials, into),
  ];
  record(
    loss.name,
    encoder,
    made.map((step) => readyStep(shared, step)),
  );
}
