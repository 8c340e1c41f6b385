/** What `results.json` holds, and what the guide shows of it. */
import { readFileSync } from 'node:fs';
import type { LossData } from '@focal-loss/core';
import { replaceSection } from '@focal-loss/testing/figures';
import { spread } from '../../../packages/tfjs/example/results.ts';
import { table } from '../../readme/table.ts';
import type { Plan } from './model.ts';
import { type Measured, type Reading, type Run, readings } from './study.ts';

export type Stage = 'stopped' | 'end';
export type Measure = 'ece' | 'brier' | 'nll';

type PerReading<T> = Readonly<Record<Reading, T>>;

/** A {@link Measured} without its bins. */
export interface Kept {
  readonly epoch: number;
  readonly temperature: { readonly sigma: number; readonly posterior: number };
  readonly figures: PerReading<Readonly<Record<Measure, number>>>;
  readonly chance: number;
}

export interface Contender {
  readonly name: string;
  readonly loss: LossData;
  readonly runs: readonly ({ readonly seed: number } & Readonly<Record<Stage, Kept>>)[];
  /** Bins of the test images of all seeds: mean probability, share of positives, count. */
  readonly diagrams: Readonly<Record<Stage, PerReading<readonly (readonly [number, number, number])[]>>>;
  /** During training, means over the seeds. */
  readonly curve: Readonly<{ epochs: readonly number[]; ece: PerReading<number[]>; nll: PerReading<number[]> }>;
}

export interface Results {
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly task: Readonly<{ kind: number; inputs: number; positives: number; sizes: Readonly<Record<string, number>> }>;
  readonly plan: Plan;
  readonly bins: number;
  readonly seeds: readonly number[];
  readonly contenders: readonly Contender[];
}

export const readResults = (): Results =>
  JSON.parse(readFileSync(new URL('results.json', import.meta.url), 'utf8')) as Results;

const kinds = Object.keys(readings) as Reading[];
const each = <T>(of: (reading: Reading) => T) =>
  Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) as PerReading<T>;
const round = (value: number, digits = 5) => Number(value.toFixed(digits));

/** What is stored of a moment, to the digits that are stored. */
export function kept({ epoch, temperature, figures, chance }: Measured): Kept {
  return {
    epoch,
    temperature: { sigma: round(temperature.sigma, 3), posterior: round(temperature.posterior, 3) },
    figures: each((kind) => {
      const { ece, brier, nll } = figures[kind];
      return { ece: round(ece), brier: round(brier), nll: round(nll) };
    }),
    chance: round(chance),
  };
}

/** All runs of a loss, in the order of the seeds. */
export function summary(name: string, loss: LossData, seeds: readonly number[], runs: readonly Run[]): Contender {
  const pooled = (stage: Stage, kind: Reading) =>
    runs[0][stage].figures[kind].bins.map((_, k): [number, number, number] => {
      const bins = runs.map((run) => run[stage].figures[kind].bins[k]).filter(({ count }) => count > 0);
      const count = bins.reduce((sum, bin) => sum + bin.count, 0);
      const mean = (part: 'confidence' | 'accuracy') =>
        round(bins.reduce((sum, bin) => sum + bin[part] * bin.count, 0) / Math.max(count, 1));
      return [mean('confidence'), mean('accuracy'), count];
    });
  const during = (measure: 'ece' | 'nll', kind: Reading) =>
    runs[0].curve.map((_, i) => round(spread(runs.map(({ curve }) => curve[i].figures[kind][measure])).mean));
  return {
    name,
    loss,
    runs: runs.map(({ stopped, end }, i) => ({ seed: seeds[i], stopped: kept(stopped), end: kept(end) })),
    diagrams: {
      stopped: each((kind) => pooled('stopped', kind)),
      end: each((kind) => pooled('end', kind)),
    },
    curve: {
      epochs: runs[0].curve.map(({ epoch }) => epoch),
      ece: each((kind) => during('ece', kind)),
      nll: each((kind) => during('nll', kind)),
    },
  };
}

/** How a measure is shown: ECE in per cent, Brier scores times 100. */
const shown: Readonly<Record<Measure, { times: number; digits: number }>> = {
  ece: { times: 100, digits: 2 },
  brier: { times: 100, digits: 2 },
  nll: { times: 1, digits: 3 },
};

const show = (values: readonly number[], { times, digits }: { times: number; digits: number }) => {
  const { mean, deviation } = spread(values);
  return `${(times * mean).toFixed(digits)} ± ${(times * deviation).toFixed(digits)}`;
};

/** One row a loss: the mean and the standard deviation over the seeds. */
export function rowsOf({ contenders }: Results, stage: Stage, measure: Measure): Record<string, string>[] {
  return contenders.map(({ name, runs }) => ({
    loss: name,
    ...Object.fromEntries(
      kinds.map((kind) => [
        readings[kind],
        show(
          runs.map((run) => run[stage].figures[kind][measure]),
          shown[measure],
        ),
      ]),
    ),
  }));
}

/** The temperatures that were fitted, and when training was stopped. */
export function temperatureRows({ contenders }: Results): Record<string, string>[] {
  return contenders.map(({ name, runs }) => {
    const of = (stage: Stage, kind: 'sigma' | 'posterior') =>
      show(
        runs.map((run) => run[stage].temperature[kind]),
        { times: 1, digits: 2 },
      );
    return {
      loss: name,
      'stopped after': `${show(
        runs.map(({ stopped }) => stopped.epoch),
        { times: 1, digits: 0 },
      )} epochs`,
      'T of σ, stopped': of('stopped', 'sigma'),
      'T of the posterior, stopped': of('stopped', 'posterior'),
      'T of σ, end': of('end', 'sigma'),
      'T of the posterior, end': of('end', 'posterior'),
    };
  });
}

/** In how many focal runs the reading whose temperature is nearer to 1, as a ratio, is the likelier without a temperature. */
export function nearer({ contenders }: Results): { right: number; all: number } {
  const moments = contenders
    .filter(({ name }) => name !== 'cross-entropy')
    .flatMap(({ runs }) => runs.flatMap(({ stopped, end }) => [stopped, end]));
  const right = moments.filter(({ temperature, figures }) => {
    const [sigma, posterior] = [temperature.sigma, temperature.posterior].map((t) => Math.abs(Math.log(t)));
    return sigma < posterior === figures.sigma.nll < figures.posterior.nll;
  });
  return { right: right.length, all: moments.length };
}

/** The generated sections of the guide by name. */
export function sections(results: Results): Readonly<Record<string, string>> {
  return {
    'reliability-stopped': table(rowsOf(results, 'stopped', 'ece')),
    'reliability-end': table(rowsOf(results, 'end', 'ece')),
    'reliability-temperature': table(temperatureRows(results)),
    'reliability-nll-stopped': table(rowsOf(results, 'stopped', 'nll')),
    'reliability-nll-end': table(rowsOf(results, 'end', 'nll')),
    'reliability-brier-stopped': table(rowsOf(results, 'stopped', 'brier')),
    'reliability-brier-end': table(rowsOf(results, 'end', 'brier')),
  };
}

/** The guide with these sections in place. */
export const written = (guide: string, results: Results): string =>
  Object.entries(sections(results)).reduce((text, [name, content]) => replaceSection(text, name, content), guide);
