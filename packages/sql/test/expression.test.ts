import { DuckDBInstance } from '@duckdb/node-api';
import {
  factories,
  type Loss,
  type Part,
  posterior,
  reference,
  sigmoidCrossEntropy,
  sigmoidFocal,
  softmaxFocal,
} from '@focal-loss/core';
import { afterAll, describe, expect, it } from 'vitest';
import { run as duckdb } from '../conformance/duckdb.js';
import { run as postgres } from '../conformance/postgres.js';
import { run as sqlite } from '../conformance/sqlite.js';
import { type DialectName, expression, query } from '../src/index.ts';

type Run = (columns: Record<string, readonly number[]>, sql: string) => Promise<unknown[][]>;
const engines: readonly (readonly [DialectName, Run])[] = [
  ['duckdb', duckdb as Run],
  ['postgres', postgres as Run],
  ['sqlite', sqlite as Run],
];
const sigmoid = (Object.values(factories) as ((options?: object) => Loss)[])
  .map((make) => make({ reduction: 'none' }))
  .filter(({ link }) => link === 'sigmoid');

const xs = [-100, -37.5, -17, -1, -1e-9, 0, 0.3, 2, 17.25, 40, 99.5].flatMap((x) => [x, x, x, x]);
const ys = xs.map((_, i) => [0, 1, 0.3, 0.97][i % 4]);
const id = xs.map((_, i) => i);

/** The truth of the reference for one part. */
function truth(loss: Loss, part: Part): number[] {
  if (part === 'posterior') return Array.from(posterior(loss)(xs) as Float64Array);
  return Array.from(reference(loss as Loss<'none'>).valueGradHess(xs, ys)[part] as Float64Array);
}

describe.each(engines)('on %s', (dialect, run) => {
  it('an ignored label of 255 overflows at no logit (seed 2 of the suite: PostgreSQL raised an error)', async () => {
    const logits = [Infinity, -Infinity, 1e305, 2];
    const labels = [255, 255, 255, 1];
    const loss = sigmoidFocal({ gamma: 4.75, alpha: 0.7, ignoreIndex: 255, reduction: 'none' });
    const want = reference(loss).valueAndGrad(logits, labels);
    for (const part of ['value', 'grad'] as const) {
      const text = query(loss, { logits: 'x', targets: 'y', from: 't', part, keep: ['id'], dialect });
      const rows = await run({ id: [0, 1, 2, 3], x: logits, y: labels }, text);
      const got = rows.map(([id, value]) => [Number(id), Number(value)]).sort(([a], [b]) => a - b);
      for (const [i, [, value]] of got.entries()) expect(value).toBeCloseTo((want[part] as Float64Array)[i], 14);
    }
  });

  it.each(sigmoid.map((loss) => [loss.name, loss] as const))(
    '%s: value, gradient and curvature are those of the reference',
    async (_, loss) => {
      for (const part of dialect === 'duckdb' ? (['value', 'grad', 'hess'] as const) : (['value', 'grad'] as const)) {
        const sql = `SELECT id, ${expression(loss, { logits: 'x', targets: 'y', part, dialect })} FROM t ORDER BY id`;
        const got = await run({ id, x: xs, y: ys }, sql);
        const scale = truth(loss, 'value').map((value) => (part === 'value' ? value : Math.max(value, 0)));
        for (const [i, expected] of truth(loss, part).entries()) {
          // Differences are measured by their terms.
          const allowed = 1e-14 * Math.abs(expected) + (part === 'value' ? 0 : 4e-15 * Math.max(1, scale[i]));
          expect(Math.abs(Number(got[i][1]) - expected), `${part} at ${xs[i]}, ${ys[i]}`).toBeLessThanOrEqual(allowed);
        }
      }
    },
  );

  it('tells the probability that the minimum stands for', async () => {
    const loss = sigmoidFocal({ gamma: 2, alpha: 0.25 });
    const sql = `SELECT id, ${expression(loss, { logits: 'x', part: 'posterior', dialect })} FROM t ORDER BY id`;
    const got = await run({ id, x: xs }, sql);
    for (const [i, p] of truth(loss, 'posterior').entries()) {
      expect(Math.abs(Number(got[i][1]) / p - 1)).toBeLessThan(4e-14);
    }
  });

  it('keeps infinity, and makes no number of a bad target, a bad weight or NaN', async () => {
    const loss = sigmoidFocal();
    const sql = expression(loss, { logits: 'x', targets: 'y', weights: 'w', dialect });
    const x = [Infinity, Infinity, -Infinity, -Infinity, Number.NaN, 1, 1, 1, 1e300, 7];
    const y = [0, 1, 0, 1, 1, 7, -0.1, 1, 1, Number.NaN];
    const w = [1, 1, 1, 1, 1, 1, 1, -1, 1, 1];
    const got = (await run({ id: x.map((_, i) => i), x, y, w }, `SELECT id, ${sql} FROM t ORDER BY id`)).map(
      ([, value]) => (value === null ? Number.NaN : Number(value)),
    );
    expect(got).toEqual([Infinity, 0, 0, Infinity, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0, Number.NaN]);
  });

  it('a class whose α leaves nothing of an infinite loss has none: not ∞ either', async () => {
    const loss = sigmoidFocal({ alpha: [0, 0.5, 1] });
    const sql = expression(loss, { logits: 'x', targets: 'y', classes: 'c', dialect });
    const c = [0, 1, 2, 0, 1, 2];
    const x = c.map((_, i) => (i < 3 ? -Infinity : Infinity));
    const y = c.map((_, i) => (i < 3 ? 1 : 0));
    const got = await run({ id: c.map((_, i) => i), x, y, c }, `SELECT id, ${sql} FROM t ORDER BY id`);
    expect(got.map(([, value]) => Number(value))).toEqual([0, Infinity, Infinity, Infinity, Infinity, 0]);
  });

  it('leaves NULL what it is', async () => {
    const own = expression(sigmoidFocal(), { logits: 'x', targets: 'absent', dialect });
    const other = expression(sigmoidFocal(), { logits: 'absent', targets: 'y', dialect });
    const from = '(SELECT x, y, CASE WHEN x > 5 THEN x END AS absent FROM t) AS t';
    expect(await run({ x: [1], y: [1] }, `SELECT ${own}, ${other} FROM ${from}`)).toEqual([[null, null]]);
  });

  it('reads columns of any name', async () => {
    const name = `a"b\`c'; DROP TABLE t; --`;
    const sql = expression(sigmoidFocal({ gamma: 0 }), { logits: ['t', name], targets: 'y', dialect });
    const quote = `"${name.replaceAll('"', '""')}"`;
    const got = await run({ x: [0], y: [1] }, `SELECT ${sql} FROM (SELECT x AS ${quote}, y FROM t) AS t`);
    expect(got).toEqual([[Math.LN2]]);
  });
});

it.each(engines)('on %s no option ends its quotes: every name comes back as it was written', async (dialect, run) => {
  const evil = (i: number) => `a${i}"b\`c'; DROP TABLE t; -- \\ /* $$ ${'${'}x}\n`;
  const [x, y, w, c, g, kept, table] = Array.from({ length: 7 }, (_, i) => evil(i));
  const name = (own: string) => `"${own.replaceAll('"', '""')}"`;
  const columns = [`x AS ${name(x)}`, `y AS ${name(y)}`, `w AS ${name(w)}`, `c AS ${name(c)}`, `g AS ${name(g)}`];
  const view = `WITH ${name(table)} AS (SELECT ${columns}, id AS ${name(kept)} FROM t) `;
  const names = { from: table, logits: x, targets: y, weights: w, dialect };
  const numbers = { id: [0, 1], x: [0, 2], y: [1, 0], w: [1, 2], c: [0, 1], g: [5, 6] };
  const each = query(sigmoidFocal({ alpha: [0.2, 0.7], reduction: 'none' }), { ...names, classes: c, keep: [kept] });
  const rows = await run(numbers, `SELECT * FROM (${view} SELECT * FROM (${each}) AS q) AS q ORDER BY 1`);
  expect(rows).toHaveLength(2);
  expect(rows.map(([id]) => Number(id))).toEqual([0, 1]);
  const example = query(sigmoidFocal({ reduction: 'example' }), { ...names, example: g });
  expect(await run(numbers, `SELECT * FROM (${view} SELECT * FROM (${example}) AS q) AS q ORDER BY 1`)).toHaveLength(2);
  const softmax = query(softmaxFocal({ reduction: 'sum' }), { ...names, row: g, class: c });
  expect(await run(numbers, `SELECT * FROM (${view} SELECT * FROM (${softmax}) AS q) AS q`)).toHaveLength(1);
  const star = expression(factories.sigmoidFocalStar(), { logits: [table, x], targets: y, dialect });
  expect(await run(numbers, `${view} SELECT ${star} FROM ${name(table)}`)).toHaveLength(2);
});

const at = { logits: 'x', targets: 'y', dialect: 'duckdb' } as const;
it.each<[string, string, () => string]>([
  ['expression', 'classes', () => expression(sigmoidFocal(), { ...at, classes: 'c' })],
  ['expression', 'classes', () => expression(sigmoidFocal({ alpha: 0.2 }), { ...at, classes: 'c' })],
  ['query', 'classes', () => query(softmaxFocal({ alpha: [1, 2] }), { ...at, from: 't', classes: 'c' })],
  ['query', 'keep', () => query(sigmoidFocal(), { ...at, from: 't', keep: ['id'] })],
  ['query', 'keep', () => query(sigmoidFocal({ reduction: 'example' }), { ...at, from: 't', example: 'e', keep: [] })],
  ['query', 'keep', () => query(sigmoidFocal({ reduction: 'none' }), { ...at, from: 't', keep: new Array(1) })],
  ['query', 'from', () => query(sigmoidFocal(), { ...at } as never)],
  ['query', 'from', () => query(sigmoidFocal(), { ...at, from: new Array(2) as never })],
  ['query', 'class', () => query(softmaxFocal(), { ...at, from: 't', row: 'r' })],
  ['query', 'row', () => query(sigmoidFocal(), { ...at, from: 't', row: 'r' })],
  ['query', 'example', () => query(sigmoidFocal(), { ...at, from: 't', example: 'e' })],
  ['query', 'normalizer', () => query(sigmoidFocal(), { ...at, from: 't', normalizer: Number.NaN })],
  ['expression', 'weights', () => expression(sigmoidFocal(), { ...at, weights: 3 as never })],
])('%s refuses what %s has no use for', (where, field, make) => {
  expect(make).toThrow(new RegExp(`^${where}: ${field} got .*, takes `));
});

it('refuses what it cannot do, and says so', () => {
  expect(() => expression(softmaxFocal(), at)).toThrow(/loss got "softmaxFocal", takes a sigmoid loss/);
  expect(() => expression(sigmoidFocal(), { ...at, dialect: 'oracle' as never })).toThrow(
    /dialect got "oracle", takes duckdb/,
  );
  expect(() => expression(sigmoidFocal(), { ...at, targets: undefined })).toThrow(
    /targets got undefined, takes a column/,
  );
  expect(() => expression(sigmoidFocal(), { ...at, logits: '' })).toThrow(/got "", takes a name/);
  expect(() => expression(sigmoidFocal({ alpha: [0.2, 0.3] }), at)).toThrow(/classes got undefined/);
  expect(() => expression(factories.asymmetric(), { logits: 'x', part: 'posterior', dialect: 'duckdb' })).toThrow(
    /posterior/,
  );
});

it('DuckDB keeps the range of a table in a prepared statement, as the README says: a later −∞ was not seen', async () => {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  await connection.run('CREATE TABLE t AS SELECT 1::DOUBLE AS x, 1::DOUBLE AS y');
  const sql = query(sigmoidCrossEntropy(), { ...at, from: 't' });
  const prepared = await connection.prepare(sql);
  await connection.run(`UPDATE t SET x = '-inf'`);
  expect((await connection.runAndReadAll(sql)).getRows()).toEqual([[Number.POSITIVE_INFINITY]]);
  expect((await prepared.runAndReadAll()).getRows(), 'mended? The README names it').not.toEqual([
    [Number.POSITIVE_INFINITY],
  ]);
});

afterAll(async () => {
  const { default: backend } = await import('../conformance/postgres.js');
  await (backend as { close?: () => Promise<void> }).close?.();
});
