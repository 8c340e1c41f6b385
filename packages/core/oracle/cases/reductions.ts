import type { Case, Input, LossSpec, VectorFile } from '../case.ts';
import { solve } from '../evaluate.ts';
import { ignoring, poisoned, type Subject, subjects, weighted } from './subjects.ts';

const kinds = ['mean', 'sum', 'none'];
const normalizers = ['count', 'positives', 'weights'];
/** Around the sizes in which kernels split their work. */
const sizes = [1, 3, 4, 5, 63, 64, 65, 255, 256, 257];

type Make = (clause: string, what: string, options: LossSpec['options'], input: Input) => Case;

const reduced = (subject: Subject, make: Make): Case[] => {
  const { draw, ignoreIndex } = subject;
  const some = draw(8);
  return [
    make('reductions', 'default', {}, some),
    ...kinds.flatMap((reduction) => [
      make('reductions', reduction, { reduction }, some),
      make('weights', reduction, { reduction }, weighted(some)),
      make('ignore', reduction, { reduction, ignoreIndex }, ignoring(subject, some, 2)),
      make('ignore', `${reduction}-with-weights`, { reduction, ignoreIndex }, ignoring(subject, weighted(some), 2)),
      make('ignore', `${reduction}-of-nan`, { reduction, ignoreIndex }, poisoned(subject, ignoring(subject, some, 2))),
      make('empty', reduction, { reduction }, draw(0)),
      make('empty', `${reduction}-of-ignored`, { reduction, ignoreIndex }, ignoring(subject, some, 1)),
      make('single', reduction, { reduction }, draw(1)),
    ]),
  ];
};

const normalized = (subject: Subject, make: Make): Case[] => {
  const { draw, ignoreIndex, background } = subject;
  const some = draw(8);
  const all = (value: number) => some.targets.map(() => value);
  const by = (normalizer: string) => ({ normalizer, ...(normalizer === 'positives' && background) });
  return [
    ...normalizers.flatMap((normalizer) => [
      make('normalizers', normalizer, by(normalizer), some),
      make('normalizers', `${normalizer}-with-weights`, by(normalizer), weighted(some)),
      make(
        'normalizers',
        `${normalizer}-with-ignored`,
        { ...by(normalizer), ignoreIndex },
        ignoring(subject, weighted(some), 2),
      ),
      make('normalizers', `${normalizer}-overridden`, by(normalizer), { ...weighted(some), normalizer: 32 }),
      make('empty', `mean-by-${normalizer}`, by(normalizer), draw(0)),
      make('empty', `mean-by-${normalizer}-of-ignored`, { ...by(normalizer), ignoreIndex }, ignoring(subject, some, 1)),
    ]),
    make('normalizers', 'no-positives', by('positives'), { ...some, targets: all(0) }),
    make('normalizers', 'zero-weights', by('weights'), { ...some, weights: all(0) }),
  ];
};

const sized = ({ draw, background, repeat }: Subject, make: Make): Case[] => {
  const many = { ...draw(100), repeat };
  return [
    ...sizes.map((size) => make('sizes', `${size}`, {}, draw(size))),
    make('large-sums', 'sum', { reduction: 'sum' }, many),
    make('large-sums', 'mean', {}, many),
    make('large-sums', 'positives', { normalizer: 'positives', ...background }, many),
  ];
};

/** A soft label is as much of a positive as it says. */
const softPositives = (): Case =>
  solve(
    'sigmoidFocal/normalizers/soft-positives',
    'normalizers',
    { factory: 'sigmoidFocal', options: { normalizer: 'positives' } },
    { logits: [2, -1, 0.5, 3], targets: [0.75, 0.5, 0, 1] },
  );

export const reductions: VectorFile = {
  title: 'Whole inputs: reductions, normalizers, weights, ignored targets, sizes',
  cases: () => [
    ...subjects.flatMap((subject) => {
      const { factory } = subject;
      const make: Make = (clause, what, options, input) =>
        solve(`${factory}/${clause}/${what}`, clause, { factory, options }, input);
      return [...reduced(subject, make), ...normalized(subject, make), ...sized(subject, make)];
    }),
    softPositives(),
  ],
};
