/**
 * The examples the loss is made for: those it gets badly wrong.
 *
 * @module
 */
import {
  type Loss,
  qualityFocal,
  sigmoidCrossEntropy,
  sigmoidFocal,
  sigmoidFocalStar,
  softmaxCrossEntropy,
  softmaxFocal,
  softmaxFocalStar,
} from '@focal-loss/core';
import { type Dtype, formats } from '../compare.ts';
import { round } from '../numbers.ts';
import { losses } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { type Check, type Clause, law, nothing } from './clause.ts';
import { random } from './sample.ts';

/** How far on the wrong side of the boundary. */
const margins = [-20, -32, -50, -75, -100, -1e4];
const gammas = [0, 0.5, 1, 2, 5];
const none = { reduction: 'none' } as const;

const sigmoidLosses = (): Loss[] => [
  sigmoidCrossEntropy(none),
  ...gammas.flatMap((gamma) => [sigmoidFocal({ gamma, ...none }), sigmoidFocal({ gamma, alpha: 0.25, ...none })]),
  sigmoidFocalStar({ gamma: 2, beta: 1, ...none }),
  sigmoidFocalStar({ gamma: 4, beta: 0, ...none }),
  qualityFocal({ beta: 0.5, ...none }),
  qualityFocal({ beta: 2, ...none }),
];

const softmaxLosses = (): Loss[] => [
  softmaxCrossEntropy(none),
  ...gammas.map((gamma) => softmaxFocal({ gamma, ...none })),
  softmaxFocalStar({ gamma: 2, beta: 1, ...none }),
];

/** `sigmoidFocal-gamma-2-alpha-0.25`. */
function idOf({ name, params, alpha }: Loss): string {
  const settings = Object.entries({ ...params, ...(typeof alpha === 'number' ? { alpha } : {}) });
  return [name, ...settings.flat()].join('-');
}

const gradient = law(
  'hard-examples.gradient',
  'the gradient of a hard example stays near 1 (times α_t), however large its logit',
  [
    ...sigmoidLosses().map(
      (loss): Check => ({
        id: `hard-examples.gradient/${idOf(loss)}`,
        needs: [],
        async run(subject, finding) {
          const logits = margins.flatMap((z) => [z, -z]);
          const targets = margins.flatMap(() => [1, 0]);
          const { grad } = await subject.evaluate(loss, { logits, targets });
          const alpha = typeof loss.alpha === 'number' ? loss.alpha : undefined;
          const truth = targets.map((y) => (y === 1 ? -(alpha ?? 1) : 1 - (alpha ?? 0)));
          finding.compare('grad', grad, truth, { place: (i) => ({ logit: logits[i], target: targets[i] }) });
        },
      }),
    ),
    ...softmaxLosses().map(
      (loss): Check => ({
        id: `hard-examples.gradient/${idOf(loss)}`,
        needs: ['softmax'],
        async run(subject, finding) {
          const logits = margins.flatMap((z) => [z, 0, z]);
          const targets = margins.map(() => 0);
          const { grad } = await subject.evaluate(loss, { logits, targets, shape: [margins.length, 3] });
          const truth = margins.flatMap(() => [-1, 1, 0]);
          finding.compare('grad', grad, truth, { scale: truth.map(() => 1), place: (i) => ({ logit: logits[i] }) });
        },
      }),
    ),
  ],
  () => 0.01,
);

/** Logits of every size a format has, of both signs, its very ends among them. */
function everySize(dtype: Dtype): number[] {
  const { tiny, largest } = formats[dtype];
  const next = random(31);
  const [from, to] = [Math.log2(tiny), Math.log2(largest)];
  const sizes = Array.from({ length: 400 }, () => 2 ** (from + next() * (to - from - 1)));
  const common = Array.from({ length: 400 }, () => next() * 1000);
  const ends = [0, tiny, 2 * tiny, 1, largest / 4, largest / 2, largest];
  const positive = [...sizes, ...common, ...ends].map((size) => round(size, dtype));
  return positive.flatMap((size) => [size, -size]);
}

const finite = law(
  'hard-examples.finite',
  'no finite logit gives NaN, no loss is negative and no slope infinite',
  [
    ...sigmoidLosses().flatMap((loss) => [sweep(loss, 'hard'), sweep(loss, 'soft')]),
    ...softmaxLosses().map((loss) => sweep(loss, 'rows')),
  ],
  nothing,
);

function sweep(loss: Loss, kind: 'hard' | 'soft' | 'rows'): Check {
  return {
    id: `hard-examples.finite/${idOf(loss)}-${kind}`,
    needs: kind === 'hard' ? [] : kind === 'soft' ? ['softLabels'] : ['softmax'],
    async run(subject, finding) {
      const input = sweepInput(everySize(subject.dtype), kind);
      const classes = input.shape?.[1] ?? 1;
      const { value, grad } = await subject.evaluate(loss, input);
      const report = (part: string, numbers: ArrayLike<number>, perRow: number, good: (n: number) => boolean) => {
        const bad = Array.from(numbers).findIndex((n) => !good(n));
        if (bad < 0) return;
        const row = Math.floor(bad / perRow);
        const logits = input.logits.slice(row * classes, (row + 1) * classes).join(', ');
        finding.fail(`${part} ${numbers[bad]} at logit ${logits}, target ${input.targets[row]}`);
      };
      report('value', losses(value), 1, (n) => n >= 0);
      report('gradient', grad, classes, Number.isFinite);
    },
  };
}

function sweepInput(logits: number[], kind: 'hard' | 'soft' | 'rows'): Input {
  if (kind === 'soft') return { logits, targets: logits.map(() => 0.25) };
  if (kind === 'hard') return { logits: logits.flatMap((x) => [x, x]), targets: logits.flatMap(() => [0, 1]) };
  const rows = Math.floor(logits.length / 3);
  const targets = Array.from({ length: rows }, (_, i) => i % 3);
  return { logits: logits.slice(0, 3 * rows), targets, shape: [rows, 3] };
}

/** Laws of saturated logits. */
export const hardExampleLaws: readonly Clause[] = [gradient, finite];
