/** What is printed is for people, too: short, in lines, without what the options leave no use for. */
import { readFileSync } from 'node:fs';
import { factories, type Loss, reference, sigmoidCrossEntropy, sigmoidFocal, sigmoidFocalStar } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { run as duckdb } from '../conformance/duckdb.js';
import { dialects, expression, query } from '../src/index.ts';
import { inlined, layout } from '../src/layout.ts';

const columns = { logits: 'score', targets: 'label' };
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

it.each(['duckdb', 'postgres'] as const)('the README shows the expression of focal loss as %s gets it', (dialect) => {
  expect(readme).toContain(`\`\`\`sql\n${expression(sigmoidFocal({ gamma: 2 }), { ...columns, dialect })}\n\`\`\``);
});

it.each(dialects)('%s: focal loss has at most 1,800 characters, in lines', (dialect) => {
  const text = expression(sigmoidFocal(), { ...columns, dialect });
  expect(text.length).toBeLessThan(1800);
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThan(200);
});

it.each(['duckdb', 'postgres', 'sqlite'] as const)('%s: no expression is longer than a page', (dialect) => {
  for (const make of Object.values(factories) as ((options?: object) => Loss)[]) {
    const loss = make();
    if (loss.link === 'softmax') continue;
    for (const part of ['value', 'grad'] as const) {
      const text = expression(loss, { ...columns, dialect, part });
      expect(text.length, `${loss.name}, ${part}`).toBeLessThan(dialect === 'postgres' ? 8000 : 3000);
    }
  }
});

it('an expression that names its steps may stand in conditions, sums and groups, over columns of any name', async () => {
  const star = expression(sigmoidFocalStar(), { logits: ['s1', 'y'], targets: 'x', dialect: 'duckdb' });
  expect(star).toMatch(/^\(WITH s1\(x, y\) AS \(SELECT/);
  const sql = `SELECT "x", avg(${star}), sum(2 * ${star}) FROM (SELECT x AS y, y AS x FROM t) AS s1
    WHERE ${star} > 0 GROUP BY "x" HAVING min(${star}) > 0 ORDER BY "x"`;
  const value = (x: number, y: number) => Number(reference(sigmoidFocalStar()).value([x], [y]));
  const got = await duckdb({ x: [2, -1, 0.5], y: [0, 1, 1] }, sql);
  const ones = [value(-1, 1), value(0.5, 1)];
  const expected = [
    [0, value(2, 0), 2 * value(2, 0)],
    [1, (ones[0] + ones[1]) / 2, 2 * (ones[0] + ones[1])],
  ];
  for (const [i, row] of expected.entries())
    for (const [j, number] of row.entries()) expect(Number(got[i][j])).toBeCloseTo(number, 12);
});

it('an expression may be a part of another: it stands in brackets', async () => {
  const sql = `SELECT 2 * ${expression(sigmoidCrossEntropy(), { logits: 'x', targets: 'y', dialect: 'duckdb' })} FROM t`;
  expect(await duckdb({ x: [0], y: [1] }, sql)).toEqual([[2 * Math.LN2]]);
});

it('options that are known leave no branch behind', () => {
  const text = (loss: Parameters<typeof expression>[0], more = {}) =>
    expression(loss, { ...columns, dialect: 'duckdb', ...more });
  expect(text(sigmoidCrossEntropy())).not.toContain('power');
  expect(text(sigmoidFocal())).not.toMatch(/coalesce|0\.25/);
  expect(text(sigmoidFocal({ alpha: 0.1 }))).toContain(' * 0.1 + ');
  expect(text(sigmoidFocal({ ignoreIndex: -1 })).match(/coalesce/g)).toHaveLength(1);
  const mean = query(sigmoidFocal(), { ...columns, dialect: 'duckdb', from: 't' });
  // Rows without a label are gone by then, and a number of rows is never negative.
  expect(mean).toContain('count(*)');
  expect(mean).not.toMatch(/END IS NOT NULL|< 0\) THEN 'NaN'/);
});

describe('layout', () => {
  it('writes brackets where the order of operations needs them, and nowhere else', () => {
    const steps = [
      ['sum', 'x + y'],
      ['product', 'x * y'],
      ['minus2', '-x'],
      ['test', 'CASE WHEN x < y THEN sum ELSE product END'],
    ] as const;
    const written = (text: string) => inlined(steps, text);
    expect(written('sum + w')).toBe('x + y + w');
    expect(written('w + sum')).toBe('w + (x + y)');
    expect(written('w - product')).toBe('w - x * y');
    expect(written('product / w')).toBe('x * y / w');
    expect(written('w / product')).toBe('w / (x * y)');
    expect(written('-product')).toBe('-(x * y)');
    expect(written('w - minus2')).toBe('w - (-x)');
    expect(written('w * test')).toBe('w * CASE WHEN x < y THEN x + y ELSE x * y END');
    expect(written('exp(sum)')).toBe('exp(x + y)');
    expect(written('w * sum::INT')).toBe('w * (x + y)::INT');
  });

  it('breaks what is long into its parts, and leaves every character but spaces', () => {
    const sum = Array.from({ length: 8 }, (_, i) => `exp(x * ${i} + y)`).join(' + ');
    const text = `CASE WHEN x > 0 THEN power(${sum}, 2) ELSE 'a (quoted + CASE' END`;
    expect(layout(`${text} = ${text}`)).toBe(`${text} = ${text}`);
    const lines = layout(text);
    expect(lines.split('\n').length).toBeGreaterThan(8);
    expect(lines.replace(/\s+/g, '')).toBe(text.replace(/\s+/g, ''));
  });
});
