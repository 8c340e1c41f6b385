/**
 * When does focal loss help? Trains a small dense detector on real digits with five losses at four imbalances and two lengths, each
 * loss tuned with the same number of trials. Runs are kept in `runs.jsonl`; a study that was stopped goes on where it was.
 *
 *     npm run study -w @focal-loss/docs               trains what is missing, draws the figure, writes the guide's tables
 *     npm run study -w @focal-loss/docs -- --quick    a few seconds: a tiny study, in memory
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { progress } from '../../../packages/tfjs/example/progress.ts';
import { figure } from '../../figures/study.ts';
import { FULL, QUICK } from './plan.ts';
import { sections, written } from './results.ts';
import { runsIn } from './runs.ts';
import { runsOf, settingOf, studyAll } from './study.ts';

const quick = process.argv.includes('--quick');
const plan = quick ? QUICK : FULL;
const here = (name: string) => new URL(name, import.meta.url);

const total = runsOf(plan);
const file = quick ? undefined : here('runs.jsonl');
let bar: ReturnType<typeof progress> | undefined;
const runs = runsIn(file, ({ optimizer, ratio, length, name, stage }) =>
  bar?.step(`${optimizer}, 1:${ratio}, ${length}, ${name}, ${stage}`),
);
const missing = total - runs.all.length;
if (missing > 0) {
  bar = progress(missing);
  studyAll(settingOf(plan), runs);
  bar.end();
}

if (quick) {
  for (const { optimizer, length, name, seed, stage, ap } of runs.all) {
    if (stage === 'test') console.log(`${optimizer}, ${length}, ${name}, seed ${seed}: average precision ${ap}`);
  }
} else {
  writeFileSync(here('gains.svg'), figure(runs.all));
  const guide = here('../../guides/when-focal-loss-helps.md');
  writeFileSync(guide, written(readFileSync(guide, 'utf8'), runs.all));
  for (const [name, content] of Object.entries(sections(runs.all))) console.log(`\n${name}\n\n${content}`);
}
