/**
 * The examples the loss is made for: those it gets badly wrong.
 *
 * @module
 */
import { reference } from '@focal-loss/core';
import { type Dtype, formats, nothing } from '../compare.ts';
import { round } from '../numbers.ts';
import { losses } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { type Check, type Clause, law } from './clause.ts';
import { holdsFixed, type OpenLoss, sigmoids, softmaxes } from './losses.ts';
import { random } from './random.ts';

/** How far on the wrong side of the boundary. */
const margins = [-20, -32, -50, -75, -100, -1e4];
const none = { reduction: 'none' } as const;

/** What the slope tends to where a label is infinitely wrong: −1 or 1 times α_t for the focal losses, 0 for one that flattens. */
function limitOf({ make }: OpenLoss, y: number): number {
  const worst = y === 1 ? -1e4 : 1e4;
  return reference(make(none)).valueAndGrad([worst], [y]).grad[0];
}

const gradient = law(
  'hard-examples.gradient',
  'the gradient of a hard example stays near its limit, 1 (times α_t) of a focal loss, however large its logit',
  [
    ...sigmoids
      .filter((open) => !holdsFixed(open))
      .map(
        (open): Check => ({
          id: `hard-examples.gradient/${open.id}`,
          needs: open.needs,
          async run(subject, finding) {
            const limits = [1, 0].map((y) => [y, limitOf(open, y)]).filter(([, limit]) => limit !== 0);
            const logits = limits.flatMap(([y]) => margins.map((z) => (y === 1 ? z : -z)));
            const targets = limits.flatMap(([y]) => margins.map(() => y));
            const { grad } = await subject.evaluate(open.make(none), { logits, targets });
            const truth = limits.flatMap(([, limit]) => margins.map(() => limit));
            finding.compare('grad', grad, truth, { place: (i) => ({ logit: logits[i], target: targets[i] }) });
          },
        }),
      ),
    ...softmaxes.map(
      ({ id, make, needs }): Check => ({
        id: `hard-examples.gradient/${id}`,
        needs,
        async run(subject, finding) {
          const logits = margins.flatMap((z) => [z, 0, z]);
          const input = { logits, targets: margins.map(() => 0), shape: [margins.length, 3] };
          const { grad } = await subject.evaluate(make(none), input);
          const { grad: limit } = reference(make(none)).valueAndGrad([-1e4, 0, -1e4], [0], { shape: [1, 3] });
          const scale = limit.map(() => limit[1]);
          finding.compare('grad', grad, limit, { scale, place: (i) => ({ logit: logits[i] }) });
        },
      }),
    ),
  ],
  () => 0.01,
);

const known = new Map<Dtype, readonly number[]>();

/** Logits of every size a format has, of both signs, its very ends among them. */
function everySize(dtype: Dtype): readonly number[] {
  const all = known.get(dtype) ?? drawnSizes(dtype);
  known.set(dtype, all);
  return all;
}

function drawnSizes(dtype: Dtype): number[] {
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
    ...sigmoids.flatMap((open) => [sweep(open, 'hard'), sweep(open, 'soft')]),
    ...softmaxes.map((open) => sweep(open, 'rows')),
  ],
  nothing,
);

function sweep({ id, make, needs }: OpenLoss, kind: 'hard' | 'soft' | 'rows'): Check {
  return {
    id: `hard-examples.finite/${id}-${kind}`,
    needs: kind === 'soft' ? ['softLabels', ...needs] : needs,
    async run(subject, finding) {
      const input = sweepInput(everySize(subject.dtype), kind);
      const classes = input.shape?.[1] ?? 1;
      const { value, grad } = await subject.evaluate(make(none), input);
      const report = (part: string, numbers: ArrayLike<number>, perRow: number, good: (n: number) => boolean) => {
        let bad = 0;
        while (bad < numbers.length && good(numbers[bad])) bad++;
        if (bad === numbers.length) return;
        const row = Math.floor(bad / perRow);
        const logits = input.logits.slice(row * classes, (row + 1) * classes).join(', ');
        finding.fail(`${part} ${numbers[bad]} at logit ${logits}, target ${input.targets[row]}`);
      };
      report('value', losses(value), 1, (n) => n >= 0);
      report('gradient', grad, classes, Number.isFinite);
    },
  };
}

function sweepInput(logits: readonly number[], kind: 'hard' | 'soft' | 'rows'): Input {
  if (kind === 'soft') return { logits, targets: logits.map(() => 0.25) };
  if (kind === 'hard') return { logits: logits.flatMap((x) => [x, x]), targets: logits.flatMap(() => [0, 1]) };
  const rows = Math.floor(logits.length / 3);
  const targets = Array.from({ length: rows }, (_, i) => i % 3);
  return { logits: logits.slice(0, 3 * rows), targets, shape: [rows, 3] };
}

/** Laws of saturated logits. */
export const hardExampleLaws: readonly Clause[] = [gradient, finite];
