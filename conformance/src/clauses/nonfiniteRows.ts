/**
 * Rows of logits some of which are −∞, which masks their class, or NaN: along any axis, of few rows and of many, and of posteriors.
 *
 * @module
 */
import { posterior, reference, softmaxCrossEntropy, softmaxFocal } from '@focal-loss/core';
import { flushed } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import { asked } from './asked.ts';
import type { Check } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnCall, product } from './drawCall.ts';
import { needsOf } from './needs.ts';
import { callsOf, changed, chosen, classesOf, isRows, placesOfRow, spelledInput } from './noNumbers.ts';
import { comparedHoles, type Holed } from './nonfiniteCalls.ts';
import { Pool } from './pool.ts';
import { drawnPosterior } from './posteriors.ts';
import type { RandomCall } from './shrink.ts';

/** −∞ at some of the classes that are nothing of a row's target, in about half of the rows. One class is left, whatever the target is. */
function masked(call: RandomCall, draw: Draw): Holed {
  const { factory, input } = call;
  // A smoothed target has something of each class.
  const { labelSmoothing: _, ...options } = call.options;
  const { targets } = input;
  const [logits, finite] = [Array.from(input.logits), Array.from(input.logits)];
  const rows = isRows(call);
  const isPlace = factory.member.targets === 'place';
  const count = logits.length / classesOf(input).classes;
  for (let i = 0; i < count; i++) {
    const way = draw.next();
    if (way < 0.5) continue;
    const free = placesOfRow(input, i).filter((at, c) =>
      rows ? targets[at] === 0 : isPlace ? Math.abs(c - targets[i]) >= 1 : c !== targets[i],
    );
    // Of an ignored row, or one of zeros, every class is free.
    if (free.length === classesOf(input).classes) free.shift();
    for (const at of free) {
      if (way < 0.85 && draw.next() < 0.5) continue;
      logits[at] = -Infinity;
      finite[at] = -1e6;
    }
  }
  return {
    holes: { factory, options, input: { ...input, logits } },
    finite: { ...input, logits: finite },
  };
}

const masks = chosen
  .filter(({ link }) => link === 'softmax')
  .map(
    (factory, i): Check => ({
      id: `random.nonfinite/${factory.name}Masked`,
      needs: ['nonfinite', ...needsOf(factory)],
      async run(subject, finding) {
        const draw = new Draw(subject.seed + 7919 * (611 + i));
        for (let call = 0; call < callsOf(subject) && !finding.failed; call++) {
          await comparedHoles(masked(drawnCall(factory, subject, draw), draw), subject, finding, call);
        }
      },
    }),
  );

/** A smoothed target has something of each class: where one of them is masked the loss is infinite. */
const smoothed: Check = {
  id: 'random.nonfinite/softmaxSmoothed',
  needs: ['nonfinite', 'softmax', 'labelSmoothing', 'loss:softmaxCrossEntropy'],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 617);
    const [rows, classes] = [12, draw.oneOf(3, 4, 6)];
    const drawn = draw.numbers(rows * classes, () => draw.between(-9, 9), subject.dtype);
    // The first class is never masked, and in half of the rows none is.
    const isMasked = (at: number) => at % (2 * classes) > classes && draw.next() < 0.4;
    const logits = drawn.map((x, at) => (isMasked(at) ? -Infinity : x));
    const input = { logits, targets: new Array<number>(rows).fill(0), shape: [rows, classes] };
    const loss = softmaxCrossEntropy({ reduction: 'none', labelSmoothing: draw.between(0.05, 0.5) });
    const truth = reference(loss).value(input.logits, input.targets, { shape: input.shape });
    for (const wants of [['value', 'grad'], ['value']] as const) {
      const { value } = await asked(subject, loss, input, wants, finding);
      finding.compare('value', value, truth, { tolerance: flushed(subject) });
    }
    if (finding.failed) finding.fail(JSON.stringify({ loss, ...spelledInput(input) }));
  },
};

/** Where tiles of classes begin. */
const tiles = [16, 32, 64, 100, 128, 256, 512, 1024] as const;

/**
 * Long rows in which whole stretches are masked: the first classes, the last ones, all but a few. Whoever takes a row tile by tile
 * meets tiles in which there is nothing but −∞, before anything else was there.
 */
const stretches: Check = {
  id: 'random.nonfinite/softmaxStretches',
  needs: ['nonfinite', 'softmax', 'loss:softmaxFocal'],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 618);
    const factory = familyFactories.find(({ name }) => name === 'softmaxFocal') as FamilyFactory;
    const options = { reduction: 'none', gamma: draw.oneOf(0, 2, draw.between(0, 5)) };
    // float16 has no class 2049.
    const some = draw.shuffled(tiles.filter((tile) => subject.dtype !== 'float16' || tile <= 256));
    for (const [turn, tile] of some.slice(0, subject.device === 'gpu' ? 2 : some.length).entries()) {
      const classes = tile * draw.oneOf(2, 3, 4) + Math.floor(draw.next() * tile);
      const ways = [
        [0, tile + Math.floor(draw.next() * (classes - tile - 1))],
        [tile, classes],
        [tile, Math.min(2 * tile, classes - 1)],
        [1 + Math.floor(draw.next() * (tile - 1)), classes],
        [0, classes - 1 - Math.floor(draw.next() * (tile / 2))],
      ] as const;
      const logits: number[] = [];
      const targets: number[] = [];
      for (const [from, to] of ways) {
        const row = draw.numbers(classes, () => draw.between(-9, 9), subject.dtype);
        logits.push(...row.fill(-Infinity, from, to));
        targets.push(from === 0 ? to + Math.floor(draw.next() * (classes - to)) : Math.floor(draw.next() * from));
      }
      const input = { logits, targets, shape: [ways.length, classes] };
      const finite = { ...input, logits: logits.map((x) => Math.max(x, -1e6)) };
      await comparedHoles({ holes: { factory, options, input }, finite }, subject, finding, turn);
      if (finding.failed) return;
    }
  },
};

/** Numbers of rows, as powers of 10: few, and what kernels for many rows begin at. */
const many = [
  [1.3, 2.4],
  [2.4, 3.4],
  [3.4, 3.9],
  [3.8, 4.3],
] as const;

/** One NaN among many rows, some of which are masked in part. */
const large: Check = {
  id: 'random.nonfinite/softmaxLarge',
  needs: ['nonfinite', 'softmax', 'loss:softmaxFocal'],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 614);
    const classes = draw.oneOf(3, 4);
    const logits = (length: number) => {
      const drawn = draw.numbers(length, () => draw.between(-9, 9), subject.dtype);
      // The last class is no row's target.
      return drawn.map((x, at) => (at % classes === classes - 1 && draw.next() < 0.3 ? -Infinity : x));
    };
    const pool = new Pool(draw, logits, () => Math.floor(draw.next() * (classes - 1)), classes);
    for (const [from, to] of subject.device === 'gpu' ? many.slice(-1) : many) {
      const n = Math.max(2, Math.floor(Math.min(10 ** draw.between(from, to), subject.largest / classes)));
      const reduction = draw.oneOf('none', 'none', 'sum', 'mean');
      const { loss, input, value, grad } = pool.call({ loss: softmaxFocal({ reduction }), n, ignored: 0 });
      const row = draw.next() < 0.3 ? n - 1 : Math.floor(draw.next() * n);
      const at = row * classes + Math.floor(draw.next() * classes);
      grad.fill(Number.NaN, row * classes, (row + 1) * classes);
      if (typeof value === 'object') value[row] = Number.NaN;
      const truth = typeof value === 'object' ? value : Number.NaN;
      const holes = { ...input, logits: changed(input.logits, at, Number.NaN) };
      const got = await asked(subject, loss, holes, ['value', 'grad'], finding);
      finding.compare('value', got.value, truth, { tolerance: flushed(subject) });
      finding.compare('grad', got.grad, grad, { tolerance: flushed(subject) });
      if (finding.failed) return finding.fail(`NaN at logits[${at}] of ${n} × ${classes}, reduction ${reduction}`);
    }
  },
};

/** A NaN logit has no probability, nor has any class of its row; all others have theirs. */
const posteriors = (['sigmoid', 'softmax'] as const).map(
  (link, i): Check => ({
    id: `random.nonfinite/${link}Posterior`,
    needs: ['nonfinite', 'posterior', ...(link === 'softmax' ? (['softmax'] as const) : [])],
    async run(subject, finding) {
      const draw = new Draw(subject.seed + 7919 * (615 + i));
      const told = familyFactories.filter((one) => one.link === link && one.make().untold === undefined);
      for (let call = 0; call < (subject.device === 'gpu' ? 1 : 12); call++) {
        const factory = draw.oneOf(...told);
        if (!subject.can(`loss:${factory.name}`)) continue;
        const drawn = drawnPosterior(factory, subject, draw);
        if (drawn === undefined) continue;
        const { loss, input, scale } = drawn;
        const { shape = [], axis } = input;
        const at = Math.floor(draw.next() * product(shape));
        const logits = changed(input.logits, at, Number.NaN);
        const truth = posterior(loss)(logits, { shape, ...(axis !== undefined && { axis }) });
        const got = await asked(subject, loss, { ...input, logits, targets: [] }, ['posterior'], finding);
        // Twice the allowance of this clause is that of posteriors.
        finding.compare('posterior', got.posterior, truth, { scale: (k) => 2 * scale(k) });
        if (finding.failed) return finding.fail(`NaN at logits[${at}] of ${JSON.stringify({ loss, shape, axis })}`);
      }
    },
  }),
);

/** What is asked of rows, and of posteriors. */
export const ofRows: readonly Check[] = [...masks, smoothed, stretches, large, ...posteriors];
