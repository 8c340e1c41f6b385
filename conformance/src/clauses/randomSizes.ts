/**
 * Every number of entries, rows and classes up to a thousand or so, and some up to 70,000: kernels work in vectors, blocks and chunks,
 * and what they get wrong they get wrong at some size. The truth is core's reference.
 *
 * @module
 */
import { type Loss, reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { allowances, flushed, sumAllowances } from '../compare.ts';
import type { Finding } from '../finding.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { asked } from './asked.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { placeOfTarget } from './place.ts';

/** What grows, and what else a call has at that size. */
interface Growing {
  readonly id: string;
  readonly needs: Check['needs'];
  readonly smallest: number;
  readonly largest: number;
  /** A loss and an input of n, by a turn that changes from size to size. */
  readonly make: (subject: Subject, draw: Draw, n: number, turn: number) => { loss: Loss; input: Input };
}

const reductions = ['none', 'sum', 'mean'] as const;

/** Entries of a sigmoid: plain, weighted, some of them ignored. */
const entries: Growing = {
  id: 'entries',
  needs: [],
  smallest: 1,
  largest: 70_000,
  make(subject, draw, n, turn) {
    const weighted = subject.can('weights') && turn % 2 === 1;
    const skips = subject.can('ignoreIndex') && turn % 4 > 1;
    const reduction = reductions[turn % 3];
    const normalizer = weighted && reduction === 'mean' ? ({ normalizer: 'weights' } as const) : {};
    const loss = sigmoidFocal({ reduction, ...normalizer, ...(skips && { ignoreIndex: -1 }) });
    const labels = skips ? [0, 1, 1, -1] : [0, 1, 0];
    const input = {
      logits: draw.numbers(n, () => draw.between(-9, 9), subject.dtype),
      targets: Array.from({ length: n }, () => draw.oneOf(...labels)),
      ...(weighted && { weights: draw.numbers(n, () => draw.next(), subject.dtype) }),
    };
    return { loss, input };
  },
};

/** Rows of a softmax, and how many classes they have. */
const rowsOf = (id: string, shapeOf: (n: number) => [number, number], largest: number): Growing => ({
  id,
  needs: ['softmax'],
  smallest: id === 'classes' ? 2 : 1,
  largest,
  make(subject, draw, n, turn) {
    const [rows, classes] = shapeOf(n);
    const weighted = subject.can('weights') && turn % 2 === 1;
    const smoothed = subject.can('labelSmoothing') && turn % 4 > 1;
    const loss = softmaxFocal({ reduction: reductions[turn % 3], ...(smoothed && { labelSmoothing: 0.2 }) });
    const input = {
      logits: draw.numbers(rows * classes, () => draw.between(-9, 9), subject.dtype),
      // float16 has no more whole numbers than these.
      targets: Array.from({ length: rows }, () =>
        Math.floor(draw.next() * (subject.dtype === 'float16' ? Math.min(classes, 2048) : classes)),
      ),
      shape: [rows, classes],
      ...(weighted && { weights: draw.numbers(rows, () => draw.next(), subject.dtype) }),
    };
    return { loss, input };
  },
});

/** Examples, and how many entries each has: [n, 3] and [2, n]. */
const examplesOf = (id: string, shapeOf: (n: number) => number[], largest: number): Growing => ({
  id,
  needs: ['examples'],
  smallest: 1,
  largest,
  make(subject, draw, n, turn) {
    const shape = shapeOf(n);
    const { loss, input } = entries.make(subject, draw, shape[0] * shape[1], turn);
    const skips = loss.ignoreIndex !== undefined;
    return {
      loss: sigmoidFocal({ reduction: 'example', ...(skips && { ignoreIndex: -1 }) }),
      input: { ...input, shape },
    };
  },
});

/** One α a class, and weights that broadcast along the classes. */
const categories: Growing = {
  id: 'categories',
  needs: ['classAlpha', 'broadcastWeights', 'weights'],
  smallest: 1,
  largest: 2000,
  make(subject, draw, n, turn) {
    const alpha = Array.from({ length: n }, () => draw.next());
    const loss = sigmoidFocal({ reduction: reductions[turn % 3], alpha });
    const { input } = entries.make(subject, draw, 3 * n, 0);
    const weights = draw.numbers(n, () => draw.next(), subject.dtype);
    return { loss, input: { ...input, shape: [3, n], weights, weightsShape: [1, n] } };
  },
};

const growing = [
  entries,
  rowsOf('rows', (n) => [n, 3], 8000),
  rowsOf('classes', (n) => [2, n], 12_000),
  examplesOf('examples', (n) => [n, 3], 1000),
  examplesOf('example-entries', (n) => [2, n], 20_000),
  categories,
];

/**
 * Sizes, each drawn from one step of a ladder: all up to 16, the rungs 6 % wide up to 1100 and 60 % beyond. A window as wide
 * as a rung is met whatever the seed. A GPU in software takes its time: rungs three times as far apart.
 */
function* sizesUpTo(smallest: number, most: number, draw: Draw, gpu: boolean): Generator<number> {
  for (let from = smallest; from <= most; ) {
    const step = from < 16 ? 1 : Math.max(1, Math.floor(from * (from < 1100 ? 0.06 : 0.6) * (gpu ? 3 : 1)));
    yield Math.min(most, from + Math.floor(draw.next() * step));
    from += step;
  }
}

function check({ id, needs, smallest, largest, make }: Growing, seed: number): Check {
  return {
    id: `random.sizes/${id}`,
    needs,
    async run(subject, finding) {
      const draw = new Draw(subject.seed + 7919 * seed);
      const most = Math.min(largest, Math.floor(subject.largest / 3));
      let turn = Math.floor(draw.next() * 24);
      // The large ones first: what they leave behind must not reach the small ones.
      const sizes = [...sizesUpTo(smallest, most, draw, subject.device === 'gpu')].reverse();
      for (const n of sizes) {
        const { loss, input } = make(subject, draw, n, turn++);
        await compared(subject, finding, loss, input);
        if (finding.failed) return finding.fail(`first with ${n} ${id}, ${JSON.stringify(loss)}`);
      }
    },
  };
}

/** Hard labels have terms of one sign: errors are relative to the numbers themselves, and at a row to its slope at the target. */
async function compared(subject: Subject, finding: Finding, loss: Loss, input: Input): Promise<void> {
  const { logits, targets, ...options } = input;
  const truth = reference(loss).valueAndGrad(logits, targets, options);
  const { value, grad } = await asked(subject, loss, input, ['value', 'grad'], finding);
  const tolerance = flushed(subject) * logits.length;
  const place = placeOfTarget(input);
  finding.compare('value', value, truth.value, { tolerance, ...(loss.reduction === 'none' && { place }) });
  const classes = logits.length / targets.length;
  const scale = classes > 1 ? { scale: largestOfRows(truth.grad, classes) } : {};
  finding.compare('grad', grad, truth.grad, { tolerance, ...scale });
}

/** For each slope the largest of its row. */
function largestOfRows(grad: Float64Array, classes: number): Float64Array {
  const all = new Float64Array(grad.length);
  for (let i = 0; i < grad.length; i += classes) {
    let most = 0;
    for (let j = i; j < i + classes; j++) most = Math.max(most, Math.abs(grad[j]));
    all.fill(most, i, i + classes);
  }
  return all;
}

/** Sizes of everything. */
export const randomSizes: Clause = {
  id: 'random.sizes',
  statement: 'no number of entries, rows, classes or examples is special, nor what else a call of that size has',
  against: 'truth',
  allowance: (dtype, device) =>
    Math.max(2 * allowances[dtype][device], sumAllowances[dtype] * (dtype === 'float64' ? 1e-3 : 1)),
  checks: growing.map((one, i) => check(one, 400 + i)),
};
