/** What the runs say: paired differences with intervals, and the tables of the guide. */

import { replaceSection } from '@focal-loss/testing/figures';
import { spread } from '../../../packages/tfjs/example/results.ts';
import { table } from '../../readme/table.ts';
import { names } from './contenders.ts';
import { FULL, type Length, lengths } from './plan.ts';
import type { Run } from './runs.ts';

type Optimizer = Run['optimizer'];

/** The mean of differences of pairs, and half the width of its 95 % interval by Student's t. */
export interface Gain {
  readonly mean: number;
  readonly half: number;
}

export interface Row {
  readonly ratio: number;
  /** Cross-entropy's own average precision. */
  readonly base: readonly number[];
  /** By loss, over cross-entropy with the same seed. */
  readonly gains: Readonly<Record<string, Gain>>;
}

/** Student's t of 97.5 % with four degrees of freedom, for five seeds. */
const T = 2.776;
const PLAIN = 'cross-entropy';

/** Runs of stage `'test'`, by seed. */
export function testsOf(
  runs: readonly Run[],
  optimizer: Optimizer,
  length: Length,
  ratio: number,
  name: string,
): Run[] {
  const own = runs.filter(
    (run) =>
      run.stage === 'test' &&
      run.optimizer === optimizer &&
      run.length === length &&
      run.ratio === ratio &&
      run.name === name,
  );
  return own.sort((a, b) => a.seed - b.seed);
}

export function gainsOf(runs: readonly Run[], optimizer: Optimizer, length: Length): Row[] {
  return FULL.ratios.map((ratio) => {
    const base = testsOf(runs, optimizer, length, ratio, PLAIN).map(({ ap }) => ap);
    const gains = [...names, 'same rate', 'rate × weight'].flatMap((name): [string, Gain][] => {
      const own = testsOf(runs, optimizer, length, ratio, name);
      if (own.length === 0 || name === PLAIN) return [];
      const { mean, deviation } = spread(own.map(({ ap }, i) => ap - base[i]));
      return [[name, { mean, half: (T * deviation) / Math.sqrt(own.length) }]];
    });
    return { ratio, base, gains: Object.fromEntries(gains) };
  });
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
const steps = (length: Length) => FULL.lengths[length].toLocaleString('en');
const oneIn = (ratio: number) => `1:${ratio.toLocaleString('en')}`;

/** Gains over cross-entropy, in bold where the interval leaves 0 out. */
function gainRows(runs: readonly Run[], optimizer: Optimizer, shown: readonly string[]): Record<string, string>[] {
  return lengths.flatMap((length) =>
    gainsOf(runs, optimizer, length).map(({ ratio, base, gains }) => {
      const { mean, deviation } = spread(base);
      const cell = ({ mean, half }: Gain) => {
        const text = `${signed(mean)} ± ${half.toFixed(3)}`;
        return Math.abs(mean) > half ? `**${text}**` : text;
      };
      return {
        imbalance: oneIn(ratio),
        steps: steps(length),
        [PLAIN]: `${mean.toFixed(3)} ± ${deviation.toFixed(3)}`,
        ...Object.fromEntries(shown.map((name) => [name, cell(gains[name])])),
      };
    }),
  );
}

/** The share of objects found at one false alarm in ten scenes, and the calibration errors in per cent, after the long training. */
function figureRows(runs: readonly Run[]): Record<string, string>[] {
  return FULL.ratios.flatMap((ratio) =>
    [PLAIN, 'focal', 'focal with α'].map((name) => {
      const own = testsOf(runs, 'sgd', 'long', ratio, name);
      const mean = (of: (run: Run) => number) => spread(own.map(of)).mean;
      return {
        imbalance: oneIn(ratio),
        loss: name,
        'objects found': `${(100 * mean((run) => run.recall ?? 0)).toFixed(0)} %`,
        'error of σ(x)': `${(100 * mean((run) => run.ece?.sigma ?? 0)).toFixed(3)} %`,
        'error of the posterior': `${(100 * mean((run) => run.ece?.posterior ?? 0)).toFixed(3)} %`,
      };
    }),
  );
}

/** What the best of `n` of these is, on average over which `n` were tried. */
export function expectedBest(values: readonly number[], n: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const chance = (k: number) => (k / sorted.length) ** n;
  return sorted.reduce((sum, value, k) => sum + value * (chance(k + 1) - chance(k)), 0);
}

const TRIED = [1, 3, 6, 12];

/** What a number of trials brings, on validation windows. */
function trialRows(runs: readonly Run[]): Record<string, string>[] {
  return FULL.ratios.slice(1, 3).flatMap((ratio) =>
    names.map((name) => {
      const own = runs.filter(
        (run) =>
          run.stage === 'search' &&
          run.optimizer === 'sgd' &&
          run.length === 'long' &&
          run.ratio === ratio &&
          run.name === name,
      );
      const best = (n: number) =>
        expectedBest(
          own.map(({ ap }) => ap),
          n,
        ).toFixed(3);
      const cells = TRIED.map((n) => [n === 1 ? '1 trial' : `${n} trials`, best(n)]);
      return { imbalance: oneIn(ratio), loss: name, ...Object.fromEntries(cells) };
    }),
  );
}

/** The generated sections of the guide by name. */
export const sections = (runs: readonly Run[]): Readonly<Record<string, string>> => ({
  'study-gains': table(gainRows(runs, 'sgd', ['focal', 'focal with α', 'asymmetric', 'α-balanced'])),
  'study-swap': table(gainRows(runs, 'sgd', ['same rate', 'rate × weight', 'focal with α'])),
  'study-adam': table(gainRows(runs, 'adam', ['same rate', 'rate × weight', 'focal with α'])),
  'study-figures': table(figureRows(runs)),
  'study-trials': table(trialRows(runs)),
});

/** The guide with these sections in place. */
export const written = (guide: string, runs: readonly Run[]): string =>
  Object.entries(sections(runs)).reduce((text, [name, content]) => replaceSection(text, name, content), guide);
