/** The guide to when focal loss helps says what runs.jsonl holds, and runs come out again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lossFrom } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { random } from '../../packages/tfjs/example/scenes.ts';
import { configOf, drawOf, names } from '../examples/study/contenders.ts';
import { averagePrecision, figuresOf, recallAt, weightedCalibrationError } from '../examples/study/measure.ts';
import { FULL, lengths, QUICK } from '../examples/study/plan.ts';
import { expectedBest, gainsOf, testsOf, written } from '../examples/study/results.ts';
import { readRuns, runsIn } from '../examples/study/runs.ts';
import { measured, runsOf, settingOf, studyAll } from '../examples/study/study.ts';
import { poolOf } from '../examples/study/windows.ts';
import { figure } from '../figures/study.ts';
import { docs } from '../site/packages.ts';

const runs = readRuns(new URL('../examples/study/runs.jsonl', import.meta.url));
const guide = readFileSync(join(docs, 'guides/when-focal-loss-helps.md'), 'utf8');

describe('what is stored: else npm run study -w @focal-loss/docs', () => {
  it('is whole, and of the configurations that are drawn', () => {
    expect(runs).toHaveLength(runsOf(FULL));
    for (const name of names) {
      const searched = runs.filter((run) => run.stage === 'search' && run.name === name);
      expect(searched.length).toBeGreaterThanOrEqual(2 * 4 * FULL.trials);
      for (const { trial, optimizer, loss, rate, pi } of searched) {
        const drawn = configOf(name, optimizer, drawOf(trial));
        expect({ loss, rate, pi }).toEqual({ loss: drawn.loss.toJSON(), rate: drawn.rate, pi: drawn.pi });
      }
    }
  });

  it('is what the tables of the guide and the figure show', () => {
    expect(written(guide, runs)).toBe(guide);
    const svg = readFileSync(join(docs, 'examples/study/gains.svg'), 'utf8');
    expect(svg).toBe(figure(runs));
    expect(svg).not.toMatch(/NaN|undefined/);
  });
});

describe('what the guide says of it in words', () => {
  const rows = lengths.flatMap((length) => gainsOf(runs, 'sgd', length));

  it('a swap with the same rate loses in all eight cases, up to 0.18, and the weight mends it', () => {
    expect(rows).toHaveLength(8);
    const lost = rows.map(({ gains }) => gains['same rate'].mean);
    expect(Math.max(...lost)).toBeLessThan(0);
    expect(Math.min(...lost).toFixed(2)).toBe('-0.18');
    for (const { gains } of rows) expect(gains['rate × weight'].mean).toBeGreaterThan(gains['same rate'].mean);
    const level = rows.filter(({ gains }) => Math.abs(gains['rate × weight'].mean) <= gains['rate × weight'].half);
    expect(level).toHaveLength(5);
    const factor = lengths.flatMap((length) =>
      FULL.ratios.map((ratio) => {
        const [from, to] = ['same rate', 'rate × weight'].map(
          (name) => testsOf(runs, 'sgd', length, ratio, name)[0].rate,
        );
        return to / from;
      }),
    );
    expect([Math.min(...factor).toFixed(1), Math.max(...factor).toFixed(1)]).toEqual(['1.7', '4.0']);
  });

  it('no tuned loss is ahead of cross-entropy at every imbalance, nor beyond its interval in most', () => {
    const tuned = names.slice(1);
    for (const name of tuned) {
      for (const length of lengths) {
        const gains = gainsOf(runs, 'sgd', length).map((row) => row.gains[name].mean);
        expect(Math.min(...gains), name).toBeLessThan(0.003);
      }
    }
    const all = rows.flatMap(({ gains }) => tuned.map((name) => gains[name]));
    const of = (sign: number) => all.filter(({ mean, half }) => sign * mean > half);
    expect([all.length, of(1).length, of(-1).length]).toEqual([32, 2, 6]);
    expect(of(1).map(({ mean }) => mean.toFixed(3))).toEqual(['0.016', '0.003']);
    expect(guide).toContain('24 of 32 differences');
  });

  it('the largest difference is one of the search: two configurations were level on validation windows', () => {
    const own = runs.filter(
      ({ optimizer, length, ratio, name }) =>
        optimizer === 'sgd' && length === 'long' && ratio === 1000 && name === 'focal',
    );
    const mean = (trial: number) => own.filter((run) => run.trial === trial).reduce((sum, { ap }) => sum + ap / 2, 0);
    const again = own.filter(({ stage }) => stage === 'again').map(({ trial }) => mean(trial).toFixed(3));
    expect(again.sort().slice(1)).toEqual(['0.404', '0.415']);
  });

  it('under Adam focal loss with α is ahead at 1:10,000, twice, and no further than cross-entropy without Adam', () => {
    const [short, long] = lengths.map((length) => gainsOf(runs, 'adam', length)[3]);
    for (const { gains } of [short, long]) {
      const { mean, half } = gains['focal with α'];
      expect(mean).toBeGreaterThan(half);
      expect(mean.toFixed(2)).toBe('0.02');
    }
    const plain = gainsOf(runs, 'sgd', 'long')[3].base;
    const reached = plain.reduce((sum, ap) => sum + ap, 0) / plain.length;
    expect(reached.toFixed(3)).toBe('0.040');
    const base = long.base.reduce((sum, ap) => sum + ap, 0) / long.base.length;
    expect(Math.abs(base + long.gains['focal with α'].mean - reached)).toBeLessThan(0.003);
  });

  it('σ(x) of focal loss is off, and its posterior is not', () => {
    for (const ratio of FULL.ratios) {
      const ece = (name: string, of: 'sigma' | 'posterior') => {
        const own = testsOf(runs, 'sgd', 'long', ratio, name).map(({ ece }) => ece?.[of] as number);
        return own.reduce((sum, value) => sum + value, 0) / own.length;
      };
      for (const name of ['focal', 'focal with α']) {
        expect(ece(name, 'sigma')).toBeGreaterThan(2 * ece(name, 'posterior'));
        expect(ece(name, 'posterior')).toBeLessThan(1.5 * ece('cross-entropy', 'posterior'));
      }
    }
  });
});

describe('trained again', () => {
  it('a tiny study comes out the same twice, and is whole', () => {
    const once = () => {
      const kept = runsIn();
      studyAll(settingOf(QUICK), kept);
      return kept.all;
    };
    const first = once();
    expect(first).toHaveLength(runsOf(QUICK));
    expect(once()).toEqual(first);
    expect(first.every(({ ap }) => ap > 0 && ap <= 1)).toBe(true);
  });

  it('a run of the stored study', () => {
    // Two of its pools with fewer windows: those of training are what they were.
    const setting = settingOf({ ...FULL, pools: { ...FULL.pools, test: { positives: 1, negatives: 1 } } });
    const stored = runs.find(({ stage, ratio, name }) => stage === 'again' && ratio === 100 && name === 'focal');
    if (stored === undefined) throw new Error('There is no such run');
    const { loss, rate, pi } = stored;
    const { ap } = measured(setting, stored, { loss: lossFrom(loss), rate, pi });
    // To the last digit on one engine; another may round its exponentials differently.
    expect(Math.abs(ap - stored.ap)).toBeLessThan(0.01);
  });
});

describe('what is measured', () => {
  const logits = { positives: Float64Array.of(3, 1), negatives: Float64Array.of(2, 0, -1, -2) };

  it('average precision, negatives counting more', () => {
    expect(averagePrecision(logits, 1)).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(averagePrecision(logits, 10)).toBeCloseTo((1 + 2 / 12) / 2, 12);
    // As much as copies of them.
    const copies = { ...logits, negatives: Float64Array.from([1, 2, 3].flatMap(() => [...logits.negatives])) };
    expect(averagePrecision(copies, 1)).toBeCloseTo(averagePrecision(logits, 3), 12);
    expect(averagePrecision({ positives: Float64Array.of(0), negatives: Float64Array.of(0, 0) }, 1)).toBeCloseTo(
      1 / 3,
      12,
    );
  });

  it('recall at a share of false alarms', () => {
    expect(recallAt(logits, 0)).toBe(0.5);
    expect(recallAt(logits, 0.25)).toBe(1);
  });

  it('the calibration error, negatives counting more', () => {
    const sure = { positives: Float64Array.of(0.25), negatives: Float64Array.of(0.25) };
    expect(weightedCalibrationError(sure, 1)).toBeCloseTo(0.25, 12);
    expect(weightedCalibrationError(sure, 3)).toBeCloseTo(0, 12);
    const { ece } = figuresOf(configOf('asymmetric', 'sgd', drawOf(0)).loss, logits, 2, 0.25);
    expect(ece.posterior).toBeNull();
  });

  it('the best of n, expected', () => {
    expect(expectedBest([1, 2], 1)).toBeCloseTo(1.5, 12);
    expect(expectedBest([1, 2], 2)).toBeCloseTo(1.75, 12);
  });

  it('windows: the same for the same seed, the negatives the same whatever the positives', () => {
    const [few, many] = [5, 50].map((positives) => poolOf('test', positives, 300, random(4)));
    expect(few.negatives).toEqual(many.negatives);
    expect(poolOf('test', 50, 300, random(4))).toEqual(many);
    expect(many.positives.starts).toHaveLength(51);
  });
});
