/** The guide to probabilities says what results.json holds, and what it claims comes out when a model is trained again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lossFrom } from '@focal-loss/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { spread } from '../../packages/tfjs/example/results.ts';
import { digits, type Examples, version } from '../examples/reliability/digits.ts';
import { kept, type Measure, nearer, readResults, type Stage, written } from '../examples/reliability/results.ts';
import { BINS, contenders, PLAN, type Reading, runOf, SIZES } from '../examples/reliability/study.ts';
import { figures } from '../figures/reliability.ts';
import { docs } from '../site/packages.ts';

const results = readResults();
const guide = readFileSync(join(docs, 'guides/probabilities.md'), 'utf8');

describe('what is stored: else npm run reliability -w docs', () => {
  it('is of the study as it stands', () => {
    const { plan, bins, seeds, task, versions } = results;
    expect({ plan, bins, sizes: task.sizes, seeds }).toEqual({
      plan: PLAN,
      bins: BINS,
      sizes: SIZES,
      seeds: [1, 2, 3, 4, 5],
    });
    expect(versions.mnist).toBe(version);
    expect(results.contenders.map(({ name, loss }) => [name, lossFrom(loss).toJSON()])).toEqual(
      contenders.map(({ name, loss }) => [name, loss.toJSON()]),
    );
  });

  it('is what the tables of the guide show', () => {
    expect(written(guide, results)).toBe(guide);
    expect(guide).toMatch(/\| focal, γ = 2 +\| \d/);
  });

  it('is what the figures draw', () => {
    for (const [file, svg] of Object.entries(figures(results))) {
      expect(readFileSync(join(docs, 'examples/reliability', file), 'utf8'), file).toBe(svg);
      expect(svg, file).not.toMatch(/NaN|undefined/);
    }
  });
});

describe('what the guide says of it in words', () => {
  const mean = (name: string, stage: Stage, kind: Reading, measure: Measure = 'ece') => {
    const runs = results.contenders.find((one) => one.name === name)?.runs ?? [];
    return spread(runs.map((run) => run[stage].figures[kind][measure])).mean;
  };
  const [plain, ...focal] = ['cross-entropy', 'focal, γ = 1', 'focal, γ = 2', 'focal, γ = 3'];
  const balanced = 'focal, γ = 2, α = 0.25';

  it('stopped at the least held-out loss, σ(x) is off more with γ, and the posterior as little as cross-entropy', () => {
    const off = focal.map((name) => mean(name, 'stopped', 'sigma'));
    expect(off).toEqual([...off].sort((a, b) => a - b));
    for (const name of [...focal, balanced]) {
      expect(mean(name, 'stopped', 'sigma')).toBeGreaterThan(2.5 * mean(name, 'stopped', 'posterior'));
      expect(mean(name, 'stopped', 'posterior')).toBeLessThan(mean(plain, 'stopped', 'sigma') + 0.002);
    }
  });

  it('trained on, the posterior is worse than σ(x), and σ(x) of a focal model better than of cross-entropy', () => {
    for (const name of [...focal, balanced]) {
      expect(mean(name, 'end', 'posterior')).toBeGreaterThan(1.5 * mean(name, 'end', 'sigma'));
      expect(mean(name, 'end', 'posterior', 'nll')).toBeGreaterThan(1.5 * mean(name, 'end', 'sigma', 'nll'));
      expect(mean(name, 'end', 'sigma')).toBeLessThan(mean(plain, 'end', 'sigma'));
    }
  });

  it('with a temperature σ and posterior are alike without α, and which is better with α depends on when', () => {
    for (const name of focal) {
      for (const stage of ['stopped', 'end'] as const) {
        expect(Math.abs(mean(name, stage, 'sigmaT') - mean(name, stage, 'posteriorT'))).toBeLessThan(0.0005);
      }
    }
    expect(mean(balanced, 'stopped', 'sigmaT')).toBeGreaterThan(1.4 * mean(balanced, 'stopped', 'posteriorT'));
    expect(mean(balanced, 'end', 'posteriorT')).toBeGreaterThan(1.4 * mean(balanced, 'end', 'sigmaT'));
    const { runs, diagrams } = results.contenders[4];
    const ends = runs.map(({ end }) => end.figures);
    expect(ends.every(({ sigmaT, posteriorT }) => sigmaT.nll < posteriorT.nll)).toBe(true);
    expect(ends.filter(({ sigmaT, posteriorT }) => posteriorT.ece > 1.5 * sigmaT.ece)).toHaveLength(3);
    // Promised less what came true, where positives and negatives mix.
    const gaps = (stage: Stage, kind: Reading) =>
      diagrams[stage][kind].slice(3, 12).map(([given, came]) => given - came);
    expect(Math.max(...gaps('stopped', 'sigmaT'))).toBeLessThan(0);
    expect(Math.min(...gaps('end', 'posteriorT'))).toBeGreaterThan(0);
  });

  it('σ(x) of γ = 1 has passed its best, and that of γ = 3 has come to it at the end', () => {
    const [one, , three] = focal.map(
      (name) => results.contenders.find((own) => own.name === name)?.curve.ece.sigma ?? [],
    );
    expect(one.at(-1)).toBeGreaterThan(1.2 * Math.min(...one));
    expect(three.at(-1)).toBe(Math.min(...three));
  });

  it('the readings of γ = 2 cross after 70 epochs in likelihood and after 110 in ECE', () => {
    const { epochs, ece, nll } = results.contenders[2].curve;
    const crossing = ({ sigma, posterior }: typeof ece) => epochs[sigma.findIndex((value, i) => value < posterior[i])];
    expect([crossing(nll), crossing(ece)]).toEqual([80, 120]);
  });

  it('no loss predicts better: the Brier scores of the posterior with a temperature lie within their spread', () => {
    for (const stage of ['stopped', 'end'] as const) {
      const all = [plain, ...focal].map((name) => mean(name, stage, 'posteriorT', 'brier'));
      expect(Math.max(...all) - Math.min(...all)).toBeLessThan(0.0017);
    }
  });

  it('counts: chance, the share of positives, and how often the temperatures tell', () => {
    const chance = results.contenders.flatMap(({ runs }) =>
      runs.flatMap(({ stopped, end }) => [stopped.chance, end.chance]),
    );
    expect(guide).toContain('leave 0.5 to 0.6 % of it');
    expect([Math.min(...chance), Math.max(...chance)].map((ece) => (100 * ece).toFixed(1))).toEqual(['0.5', '0.6']);
    expect(guide).toContain(
      `one positive in ${['ten', 'eleven', 'twelve'][Math.round(1 / results.task.positives) - 10]}`,
    );
    const { right, all } = nearer(results);
    expect(guide).toContain(`in ${right} of the ${all} cases`);
  });
});

describe('trained again', () => {
  let images: Examples;
  beforeAll(() => {
    images = digits(results.task.kind);
  });

  it('the first seed of γ = 2 up to where it was stopped: the stored figures', () => {
    const { loss, runs } = results.contenders[2];
    const [{ seed, stopped }] = runs;
    const epochs = stopped.epoch;
    const again = kept(runOf(lossFrom(loss), images, seed, { plan: { ...PLAN, epochs }, every: epochs }).stopped);
    expect(again.epoch).toBe(epochs);
    // To the last digit on one engine; another may round its exponentials differently, and forty epochs make more of it.
    for (const kind of ['sigma', 'posterior', 'sigmaT', 'posteriorT'] as const) {
      for (const measure of ['ece', 'brier', 'nll'] as const) {
        expect(Math.abs(again.figures[kind][measure] - stopped.figures[kind][measure])).toBeLessThan(0.002);
      }
    }
    expect(again.figures.posterior.ece).toBeLessThan(again.figures.sigma.ece / 2);
    expect(again.figures.posterior.nll).toBeLessThan(again.figures.sigma.nll);
  });

  it('trained far too long, on two hundred images, the posterior is worse than σ(x), and a temperature mends both', () => {
    const sizes = { train: 200, heldOut: 500, test: 2000 };
    const { end } = runOf(lossFrom(results.contenders[2].loss), images, 1, {
      plan: { ...PLAN, epochs: 300 },
      sizes,
      every: 300,
    });
    expect(end.figures.posterior.nll).toBeGreaterThan(end.figures.sigma.nll);
    expect(end.temperature.posterior).toBeGreaterThan(2);
    for (const kind of ['sigmaT', 'posteriorT'] as const) {
      expect(end.figures[kind].nll).toBeLessThan(end.figures.posterior.nll);
    }
  });
});
