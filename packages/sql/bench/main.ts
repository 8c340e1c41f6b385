/**
 * What a row costs in DuckDB on two threads: our expressions and our query against what a person would write, in turns.
 *
 *     npm run bench -w @focal-loss/sql -- [--rows 10000000] [--rounds 5]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { sigmoidFocal } from '@focal-loss/core';
import { expression, query } from '../src/index.ts';

const { values: flags } = parseArgs({
  options: { rows: { type: 'string', default: '10000000' }, rounds: { type: 'string', default: '5' } },
});
const rows = Number(flags.rows);
const rounds = Number(flags.rounds);

const loss = sigmoidFocal({ gamma: 2 });
const columns = { logits: 'score', targets: 'label', dialect: 'duckdb' } as const;
const [value, grad] = (['value', 'grad'] as const).map((part) => expression(loss, { ...columns, part }));

/** The formula of the paper, which has no digits left where it subtracts from 1, and no number where that is 0. */
const p = '(1 / (1 + exp(-score)))';
const naive = {
  value: `-(label * power(1 - ${p}, 2) * ln(${p}) + (1 - label) * power(${p}, 2) * ln(1 - ${p}))`,
  grad: `label * power(1 - ${p}, 2) * (2 * ${p} * ln(${p}) + ${p} - 1)
    + (1 - label) * power(${p}, 2) * (${p} - 2 * (1 - ${p}) * ln(1 - ${p}))`,
};

const racers = {
  'columns alone': 'SELECT avg(score), avg(label) FROM t',
  'value, as a person would write it': `SELECT avg(${naive.value}) FROM t`,
  'value, expression': `SELECT avg(${value}) FROM t`,
  'value, query': query(loss, { ...columns, from: 't' }),
  'value and gradient, as a person would write them': `SELECT avg(${naive.value}), avg(${naive.grad}) FROM t`,
  'value and gradient, expressions': `SELECT avg(${value}), avg(${grad}) FROM t`,
};
type Name = keyof typeof racers;

const db = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
const { version } = (await db.runAndReadAll('SELECT version() AS version')).getRowObjects()[0];
// No logit beyond ±15: there the peer would have nothing to add up.
await db.run(`CREATE TABLE t AS SELECT 30 * random() - 15 AS score, (random() < 0.1)::INT AS label
  FROM range(${rows}), (SELECT setseed(0.5)) AS seed`);

/** Nanoseconds a row, by the clock, and of both processors together. */
interface Took {
  readonly wall: number;
  readonly cpu: number;
}
const took = new Map<Name, Took[]>();
const answers = new Map<Name, unknown[]>();
for (let round = 0; round <= rounds; round++) {
  for (const [name, sql] of Object.entries(racers) as [Name, string][]) {
    const [started, before] = [performance.now(), process.cpuUsage()];
    answers.set(name, (await db.runAndReadAll(sql)).getRows()[0]);
    const { user, system } = process.cpuUsage(before);
    const one = { wall: ((performance.now() - started) * 1e6) / rows, cpu: ((user + system) * 1e3) / rows };
    // The first round warms up.
    if (round > 0) took.set(name, [...(took.get(name) ?? []), one]);
  }
}

const near = (a: unknown, b: unknown) => Math.abs(Number(a) / Number(b) - 1) < 1e-6;
const [usual, ours] = [
  answers.get('value and gradient, as a person would write them'),
  answers.get('value and gradient, expressions'),
];
if (!usual?.every((number, i) => near(number, ours?.[i])))
  throw new Error(`${ours} is not ${usual}: not the same loss`);

const least = (name: Name, of: keyof Took) => Math.min(...(took.get(name) ?? []).map((one) => one[of]));
const ratio = (name: Name, peer: Name) => {
  const all = (took.get(name) ?? []).map(({ cpu }, i) => cpu / Number(took.get(peer)?.[i].cpu)).sort((a, b) => a - b);
  return all[all.length >> 1].toFixed(2);
};
console.log(`DuckDB ${version}, ${rows} rows, 2 threads on ${cpus()[0].model}; the least of ${rounds} rounds`);
console.log(`${'ns a row'.padEnd(50)} clock  both processors  to the peer`);
for (const name of Object.keys(racers) as Name[]) {
  const peer: Name = name.includes('gradient')
    ? 'value and gradient, as a person would write them'
    : 'value, as a person would write it';
  const cells = [
    least(name, 'wall').toFixed(1).padStart(5),
    least(name, 'cpu').toFixed(1).padStart(15),
    ratio(name, peer).padStart(12),
  ];
  console.log(`${name.padEnd(50)} ${cells.join('  ')}`);
}
