/**
 * Focal loss per element: this adapter against loops by hand and against libraries, from ordinary float32 arrays to
 * ordinary float32 arrays, on one thread where the name says nothing else.
 *
 *     npm run bench -w @focal-loss/typed-array -- [--quick] [--json FILE]
 *     npm run bench -w @focal-loss/typed-array -- --memory | --threads | --softmax
 *     npm run bench -w @focal-loss/typed-array -- --against DIR [--only TEXT]
 *
 * `--quick` takes about half a minute and leaves the picture as it is. `--memory` compares only where arrays lie,
 * `--threads` only threads, `--softmax` only rows of 10, 80 and 1,000 classes.
 * `--against` compares with another build instead.
 */
import './relaxed.ts';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Link } from '@focal-loss/core';
import { against } from './against.ts';
import { byClasses } from './classes.ts';
import { batch } from './data.ts';
import { inPlace } from './inPlace.ts';
import { itself } from './itself.ts';
import { measure } from './measure.ts';
import { picture } from './picture.ts';
import { full, quick } from './plan.ts';
import { footnotes, type Group, json, table } from './report.ts';
import { rivals } from './rivals/index.ts';
import { ours } from './rivals/ours.ts';
import { threads } from './threads.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    memory: { type: 'boolean' },
    threads: { type: 'boolean' },
    softmax: { type: 'boolean' },
    json: { type: 'string' },
    against: { type: 'string' },
    only: { type: 'string' },
  },
});
if (flags.against !== undefined) {
  console.log(await against(flags.against, flags.only));
  process.exit();
}

const plan = flags.quick ? quick : full;
if (flags.memory || flags.threads) {
  console.log(await (flags.memory ? inPlace() : threads()));
  process.exit();
}

const { present, absent } = await rivals();
const names = present.map(({ name }) => name);
const cpu = cpus()[0]?.model ?? 'unknown CPU';

console.log(`Focal loss on float32, copies included, one thread unless said; medians of ${plan.rounds} rounds.`);
console.log(
  `x ours: how many times as long as ${names[0]}, at 2^20 elements, within a round. Node.js ${process.version}, ${cpu}.`,
);

try {
  const groups: Group[] = [];
  for (const link of flags.softmax ? [] : plan.links) {
    const these = await compare(link);
    for (const group of these) console.log(`\n\n${table(group, names, absent)}`);
    groups.push(...these);
  }
  for (const note of footnotes(groups, names)) console.log(`\n${note}`);
  console.log(`\n${await byClasses(present.filter(isLibrary), plan)}`);
  if (!flags.softmax) {
    console.log(`\n${await itself(ours, plan)}`);
    console.log(`\n${await inPlace()}`);
    console.log(`\n${await threads()}`);
  }
  if (!flags.quick && !flags.softmax) writeFileSync(new URL('throughput.svg', import.meta.url), picture(groups, names));
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(json(groups, absent, plan, cpu), null, 2)}\n`);
} catch (error) {
  // Left uncaught, tfjs would print its whole source before it.
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const { close } of present) await close?.();
}

/** Engines of ours on one thread, and libraries that take less than ten times as long. */
function isLibrary({ name }: { readonly name: string }): boolean {
  return /^ours, ((relaxed-)?simd|in place)|onnxruntime|torch/.test(name);
}

/** All scenarios of a link. Size by size, as making the logits takes longer than what most rivals do with them. */
async function compare(link: Link): Promise<Group[]> {
  const groups = plan.gammas.flatMap((gamma) =>
    [false, true].map((wantGrad): Group => ({ scenario: { link, gamma, wantGrad }, sizes: new Map() })),
  );
  for (const size of plan.sizes) {
    const given = batch(link, size);
    for (const { scenario, sizes } of groups) {
      const before = [...sizes.values()].at(-1);
      const predicted = (name: string) => (before?.get(name)?.ns ?? Infinity) * 1e-6 * size;
      const able = present.filter(
        ({ name }) => before === undefined || predicted(name) <= (plan.limit[size] ?? Infinity),
      );
      sizes.set(size, await measure(able, scenario, given, plan));
    }
  }
  return groups;
}
