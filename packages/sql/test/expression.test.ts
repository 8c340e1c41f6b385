import { factories, type Loss, type Part, posterior, reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { afterAll, describe, expect, it } from 'vitest';
import { run as duckdb } from '../conformance/duckdb.js';
import { run as postgres } from '../conformance/postgres.js';
import { run as sqlite } from '../conformance/sqlite.js';
import { type DialectName, expression } from '../src/index.ts';

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

it('refuses what it cannot do, and says so', () => {
  const at = { logits: 'x', targets: 'y', dialect: 'duckdb' } as const;
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

afterAll(async () => {
  const { default: backend } = await import('../conformance/postgres.js');
  await (backend as { close?: () => Promise<void> }).close?.();
});
