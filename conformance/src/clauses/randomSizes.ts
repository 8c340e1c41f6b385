/**
 * Every number of entries, rows and classes up to a thousand or so, and some up to 300,000: kernels work in vectors, blocks and chunks,
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
import { type Drawn, Pool } from './pool.ts';
import { whenAsked } from './scales.ts';
import { scalesOfCall } from './scalesOfCall.ts';

/** Makes a call of n, by a turn that changes from size to size. */
type Grows = (n: number, turn: number) => Drawn;

/** What grows, and what else a call has at that size. */
interface Growing {
  readonly id: string;
  readonly needs: Check['needs'];
  readonly smallest: number;
  readonly largest: number;
  readonly make: (subject: Subject, draw: Draw) => Grows;
}

const reductions = ['none', 'sum', 'mean'] as const;
const wide = (subject: Subject, draw: Draw) => (length: number) =>
  draw.numbers(length, () => draw.between(-9, 9), subject.dtype);

/** Entries of a sigmoid: plain, weighted, some of them ignored. */
const entries: Growing = {
  id: 'entries',
  needs: [],
  smallest: 1,
  largest: 300_000,
  make(subject, draw) {
    const pool = new Pool(draw, wide(subject, draw), () => draw.oneOf(0, 1, 0));
    return (n, turn) => {
      const weighted = subject.can('weights') && turn % 2 === 1;
      const skips = subject.can('ignoreIndex') && turn % 4 > 1;
      const reduction = reductions[turn % 3];
      const normalizer = weighted && reduction === 'mean' ? ({ normalizer: 'weights' } as const) : {};
      const loss = sigmoidFocal({ reduction, ...normalizer, ...(skips && { ignoreIndex: -1 }) });
      return pool.call({ loss, n, ...(weighted && weightsOf(subject, draw, n)), ignored: skips ? 0.25 : 0 });
    };
  },
};

const weightsOf = (subject: Subject, draw: Draw, n: number) => ({
  weights: draw.numbers(n, () => draw.next(), subject.dtype),
});

/** What else a row of a size has: a weight, a smoothed target. */
function lossOfRows(subject: Subject, turn: number, skips = false): { loss: Loss; weighted: boolean } {
  const weighted = subject.can('weights') && turn % 2 === 1;
  const smoothed = subject.can('labelSmoothing') && turn % 4 > 1;
  const options = { ...(smoothed && { labelSmoothing: 0.2 }), ...(skips && { ignoreIndex: -1 }) };
  return { loss: softmaxFocal({ reduction: reductions[turn % 3], ...options }), weighted };
}

/** Rows of a softmax. */
const rows: Growing = {
  id: 'rows',
  needs: ['softmax'],
  smallest: 1,
  largest: 40_000,
  make(subject, draw) {
    const pool = new Pool(draw, wide(subject, draw), () => Math.floor(3 * draw.next()), 3);
    return (n, turn) => {
      const skips = subject.can('ignoreIndex') && turn % 5 > 2;
      const { loss, weighted } = lossOfRows(subject, turn, skips);
      return pool.call({ loss, n, ...(weighted && weightsOf(subject, draw, n)), ignored: skips ? 0.25 : 0 });
    };
  },
};

/** How many classes a few rows have, whose weights differ: no two of these are alike. */
const classes: Growing = {
  id: 'classes',
  needs: ['softmax'],
  smallest: 2,
  largest: 12_000,
  make: (subject, draw) => (n, turn) => {
    const { loss } = lossOfRows(subject, turn);
    // float16 has no more whole numbers than these.
    const most = subject.dtype === 'float16' ? Math.min(n, 2048) : n;
    // Near each other each slope counts, and with it the place it was taken for.
    const spread = n > 1100 ? draw.oneOf(9, 9, 60) : draw.oneOf(2, 4, 9, 60);
    const count = n > 1100 ? 2 : 2 + (turn % 3);
    const input = {
      logits: draw.numbers(count * n, () => draw.between(-spread, spread), subject.dtype),
      targets: Array.from({ length: count }, () => Math.floor(draw.next() * most)),
      shape: [count, n],
      ...(subject.can('weights') && turn % 4 !== 0 && weightsOf(subject, draw, count)),
    };
    return referred(loss, input);
  },
};

/** Examples, and how many entries each has: [n, 3] and [2, n]. */
const examplesOf = (id: string, shapeOf: (n: number) => number[], largest: number): Growing => ({
  id,
  needs: ['examples'],
  smallest: 1,
  largest,
  make(subject, draw) {
    const pool = new Pool(draw, wide(subject, draw), () => draw.oneOf(0, 1, 0));
    return (n, turn) => {
      const shape = shapeOf(n);
      const count = shape[0] * shape[1];
      const weighted = subject.can('weights') && turn % 2 === 1;
      const skips = subject.can('ignoreIndex') && turn % 4 > 1;
      const loss = sigmoidFocal({ reduction: 'example', ...(skips && { ignoreIndex: -1 }) });
      return pool.call({
        loss,
        n: count,
        shape,
        ...(weighted && weightsOf(subject, draw, count)),
        ignored: skips ? 0.25 : 0,
      });
    };
  },
});

/** One α a class, and weights that broadcast along the classes. */
const categories: Growing = {
  id: 'categories',
  needs: ['classAlpha', 'broadcastWeights', 'weights'],
  smallest: 1,
  largest: 2000,
  make(subject, draw) {
    const pool = new Pool(draw, wide(subject, draw), () => draw.oneOf(0, 1, 0));
    return (n, turn) => {
      const alpha = Array.from({ length: n }, () => draw.next());
      const loss = sigmoidFocal({ reduction: reductions[turn % 3], alpha });
      return pool.call({ loss, n: 3 * n, shape: [3, n], ...weightsOf(subject, draw, n), ignored: 0 });
    };
  },
};

/** A call with the truth that core's reference has of it. */
function referred(loss: Loss, input: Input): Drawn {
  const { logits, targets, ...options } = input;
  return { loss, input, ...reference(loss).valueAndGrad(logits, targets, options) };
}

const growing = [
  entries,
  rows,
  classes,
  examplesOf('examples', (n) => [n, 3], 1000),
  examplesOf('example-entries', (n) => [2, n], 20_000),
  categories,
];

/**
 * Sizes, each drawn from one step of a ladder: all up to 16, the rungs 6 % wide up to 1100, 60 % beyond, and behind 70,000, where
 * threads share the work, four times as large and odd: nothing divides them evenly. A window as wide as a rung is met whatever the
 * seed, and so is every power of two of the small ones. A GPU in software takes its time: rungs three times as far apart.
 */
function* sizesUpTo(smallest: number, most: number, draw: Draw, gpu: boolean): Generator<number> {
  for (let from = smallest; from <= most; ) {
    const width = from < 1100 ? 0.06 : from < 70_000 ? 0.6 : 3;
    const step = from < 16 ? 1 : Math.max(1, Math.floor(from * width * (gpu ? 3 : 1)));
    const drawn = Math.min(most, from + Math.floor(draw.next() * step));
    yield from < 70_000 ? drawn : (drawn - 1) | 1;
    // Programs are made for powers of two.
    const power = 2 ** Math.ceil(Math.log2(from));
    if (from < 70_000 && power < from + step && power <= most && power !== drawn) yield power;
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
      const ofSize = make(subject, draw);
      for (const n of sizes) {
        const drawn = ofSize(n, turn++);
        await compared(subject, finding, drawn);
        if (finding.failed) return finding.fail(`first with ${n} ${id}, ${JSON.stringify(drawn.loss)}`);
      }
    },
  };
}

/**
 * Hard labels have terms of one sign: errors are relative to the numbers themselves, and at a row to its slope at the target. Smoothed
 * ones pull each slope to both sides, and all of a short row may be next to nothing: errors are relative to the terms then.
 */
async function compared(subject: Subject, finding: Finding, { loss, input, ...truth }: Drawn): Promise<void> {
  const { logits, targets } = input;
  const { value, grad } = await asked(subject, loss, input, ['value', 'grad'], finding);
  const tolerance = flushed(subject) * logits.length;
  const place = placeOfTarget(input);
  finding.compare('value', value, truth.value, { tolerance, ...(loss.reduction === 'none' && { place }) });
  const classes = logits.length / targets.length;
  const scale = classes > 1 ? { scale: scaleOfRows(loss, input, truth.grad, classes) } : {};
  finding.compare('grad', grad, truth.grad, { tolerance, ...scale });
}

/** What a slope may be off by next to nothing of. The terms of long rows take long to tell, and do not all cancel. */
function scaleOfRows(loss: Loss, input: Input, grad: Float64Array, classes: number): (index: number) => number {
  const largest = largestOfRows(grad, classes);
  if (loss.labelSmoothing === 0 || classes > LONG) return (i) => largest[i];
  const { grad: terms } = whenAsked(() => scalesOfCall(loss, input, 1));
  return (i) => Math.max(largest[i], terms(i));
}

const LONG = 300;

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
