/**
 * Focal loss per element: this adapter against loops by hand and against libraries, from ordinary float32 arrays to
 * ordinary float32 arrays, on one thread where the name says nothing else.
 *
 *     npm run bench -w @focal-loss/typed-array -- [--quick] [--json FILE] [--keep]
 *     npm run bench -w @focal-loss/typed-array -- --memory | --threads | --softmax [--keep]
 *     npm run bench -w @focal-loss/typed-array -- --against DIR [--only TEXT]
 *
 * `--quick` takes about half a minute. `--memory` compares only where arrays lie, `--threads` only threads, `--softmax` only rows of
 * 10, 80 and 1,000 classes. `--keep` writes the tables of the README and the picture. `--against` compares with another build instead.
 */
import './relaxed.ts';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Link } from '@focal-loss/core';
import { keepFigures } from '@focal-loss/testing/figures';
import { against } from './against.ts';
import { byClasses } from './classes.ts';
import { batch } from './data.ts';
import { inPlace } from './inPlace.ts';
import { itself } from './itself.ts';
import { measure } from './measure.ts';
import { picture } from './picture.ts';
import { full, quick } from './plan.ts';
import { align, faster, footnotes, type Group, json, summary, table } from './report.ts';
import { rivals } from './rivals/index.ts';
import { ours } from './rivals/ours.ts';
import type { Absent, Rival } from './rivals/rival.ts';
import { threads } from './threads.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    memory: { type: 'boolean' },
    threads: { type: 'boolean' },
    softmax: { type: 'boolean' },
    keep: { type: 'boolean' },
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
const isWhole = !flags.memory && !flags.threads && !flags.softmax;
const cpu = cpus()[0]?.model ?? 'unknown CPU';
/** By the name of the README's section. */
const tables: Record<string, string[][]> = {};

/** Prints a table, and keeps it if it has a section. */
function show(lines: string[][], section?: string): void {
  console.log(`\n${align(lines)}`);
  if (section !== undefined) tables[section] = lines;
}

/** The same, of others beside ours. */
function showRace(lines: string[][], section: string): void {
  show(lines, section);
  console.log(`\n${faster(lines)}`);
}

if (isWhole || flags.softmax) await races();
if (isWhole || flags.memory) show(await inPlace(), 'memory');
if (isWhole || flags.threads) show(await threads(), 'threads');
if (flags.keep) {
  const part = ['memory', 'threads', 'softmax'].find((name) => flags[name as 'memory']);
  const command = `npm run bench -w @focal-loss/typed-array${part ? ` -- --${part}` : ''}`;
  keepFigures(fileURLToPath(new URL('..', import.meta.url)), command, tables);
}

/** Ours against the others. */
async function races(): Promise<void> {
  const { present, absent } = await rivals();
  const names = present.map(({ name }) => name);
  console.log(`Focal loss on float32, copies included, one thread unless said; medians of ${plan.rounds} rounds.`);
  console.log(
    `x ours, and numbers without a unit: how many times as long as ${names[0]}, within a round. Node.js ${process.version}, ${cpu}.`,
  );
  try {
    if (isWhole) await scenarios(present, absent);
    showRace(await byClasses(present.filter(isLibrary), plan), 'softmax');
    if (isWhole) show(await itself(ours, plan));
  } catch (error) {
    // Left uncaught, tfjs would print its whole source before it.
    console.error(error);
    process.exitCode = 1;
  } finally {
    for (const { close } of present) await close?.();
  }
}

/** Every size of every scenario, and the picture. */
async function scenarios(present: readonly Rival[], absent: readonly Absent[]): Promise<void> {
  const names = present.map(({ name }) => name);
  const groups: Group[] = [];
  for (const link of plan.links) {
    const these = await compare(link, present);
    for (const group of these) console.log(`\n\n${table(group, names, absent)}`);
    groups.push(...these);
  }
  for (const note of footnotes(groups, names)) console.log(`\n${note}`);
  showRace(summary(groups, 'sigmoid', names), 'sigmoid');
  if (flags.keep) writeFileSync(new URL('throughput.svg', import.meta.url), picture(groups, names));
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(json(groups, absent, plan, cpu), null, 2)}\n`);
}

/** Engines of ours on one thread, and libraries that take less than ten times as long. */
function isLibrary({ name }: { readonly name: string }): boolean {
  return /^ours, ((relaxed-)?simd|in place)|onnxruntime|torch/.test(name);
}

/** All scenarios of a link. Size by size, as making the logits takes longer than what most rivals do with them. */
async function compare(link: Link, present: readonly Rival[]): Promise<Group[]> {
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
