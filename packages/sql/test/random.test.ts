/** Random calls, all options drawn together, on each engine: what a query and an expression give is what the reference gives. */
import { checkTold, factories, type Loss, type Part, posterior, reference } from '@focal-loss/core';
import { afterAll, describe, expect, it } from 'vitest';
import { draws } from '../../core/test/draws.ts';
import { run as duckdb } from '../conformance/duckdb.js';
import postgresBackend, { run as postgres } from '../conformance/postgres.js';
import { run as sqlite } from '../conformance/sqlite.js';
import { type DialectName, expression, query } from '../src/index.ts';

type Run = (columns: Record<string, ArrayLike<number>>, sql: string) => Promise<unknown[][]>;
const list = { duckdb: 'list', postgres: 'array_agg', sqlite: 'json_group_array' } as const;
const engines: readonly (readonly [keyof typeof list, Run])[] = [
  ['duckdb', duckdb as Run],
  ['postgres', postgres as Run],
  ['sqlite', sqlite as Run],
];
/** More of them: `RANDOM_CALLS=500 npx vitest run test/random.test.ts`. */
const CALLS = Number(process.env.RANDOM_CALLS ?? 8);

const makers = Object.entries(factories) as unknown as [string, (options?: object) => Loss][];
const PARTS = ['value', 'grad', 'hess', 'posterior'] as const;

function isTold(loss: Loss): boolean {
  try {
    checkTold(loss);
    return true;
  } catch {
    return false;
  }
}

/** One call: the numbers, the loss, what is asked for, and what the reference answers. */
function call(seed: number) {
  const { draw, between, oneOf, params } = draws(seed);
  const [name, make] = oneOf(makers);
  const { key, link, targets: kind } = make();
  const isSoftmax = link === 'softmax';
  const [rows, classes] = [1 + Math.floor(draw() * 6), 2 + Math.floor(draw() * 4)];
  const examples = 1 + Math.floor(draw() * 2);
  const maybe = <T>(value: () => T, share = 0.5) => (draw() < share ? value() : undefined);
  const own = params[String(key)]();
  const ofAlpha = 'alpha' in own ? undefined : () => Array.from({ length: classes }, () => (draw() < 0.2 ? 0 : draw()));
  const reduction = oneOf(['mean', 'mean', 'sum', 'example', 'none']);
  const targetRows = isSoftmax && kind === 'class' && draw() < 0.3;
  const asked = {
    ...own,
    alpha: ofAlpha && maybe(isSoftmax ? ofAlpha : oneOf<() => unknown>([ofAlpha, draw]), 0.6),
    reduction,
    normalizer: reduction === 'mean' ? oneOf([undefined, 'count', 'positives', 'weights']) : undefined,
    background: isSoftmax && kind === 'class' ? 0 : undefined,
    ignoreIndex: targetRows ? undefined : maybe(() => oneOf([-1, 1, -100])),
    labelSmoothing: maybe(() => between(0, 0.9), 0.3),
  };
  let loss: Loss;
  try {
    loss = make(Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)));
  } catch {
    // Not all members have all options.
    loss = make({ ...own, reduction });
  }
  const n = examples * rows * (isSoftmax ? 1 : classes);
  const size = n * (isSoftmax ? classes : 1);
  const logit = () =>
    !isSoftmax && draw() < 0.02
      ? oneOf([Infinity, -Infinity])
      : oneOf([between(-5, 5), between(-100, 100), 0, between(-1e-9, 1e-9)]);
  const logits = Array.from({ length: size }, () => logit());
  const label = () =>
    kind === 'class'
      ? Math.floor(draw() * classes)
      : kind === 'place'
        ? oneOf([between(0, classes - 1), classes - 1])
        : oneOf([0, 1, 1, 0, draw()]);
  const targets = targetRows
    ? Array.from({ length: size }, () => oneOf([0, draw()]))
    : Array.from({ length: n }, () => (loss.ignoreIndex !== undefined && draw() < 0.3 ? loss.ignoreIndex : label()));
  const weights = maybe(() => Array.from({ length: n }, () => oneOf([0, 1, 3 * draw()])));
  const parts = PARTS.filter((part) => part !== 'posterior' || isTold(loss));
  const part = oneOf(parts);
  const normalizer = reduction === 'mean' && part !== 'posterior' ? maybe(() => between(0.5, 9), 0.2) : undefined;
  const shape = isSoftmax ? [examples, rows, classes] : [examples, rows, classes];
  const options = { shape, ...(weights && { weights }), ...(normalizer !== undefined && { normalizer }) };
  return { name, loss, logits, targets, weights, targetRows, part, normalizer, shape, options, n, classes, examples };
}
type Call = ReturnType<typeof call>;

function truth({ loss, part, logits, targets, shape, options }: Call): number[] {
  if (part === 'posterior') return Array.from(posterior(loss)(logits, { shape }) as Float64Array);
  const own = (reference(loss as Loss<'none'>).valueGradHess(logits, targets, options) as never)[part] as unknown;
  return typeof own === 'number' ? [own] : Array.from(own as Float64Array);
}

/** The columns of the table, and the names that a query has for them. */
function tabled({ loss, logits, targets, weights, targetRows, part, normalizer, n, classes, examples }: Call) {
  const isSoftmax = loss.link === 'softmax';
  const each = isSoftmax ? classes : 1;
  const column = (of: (i: number, row: number) => number) => logits.map((_, i) => of(i, Math.floor(i / each)));
  const isTold = part === 'posterior';
  const columns: Record<string, ArrayLike<number>> = {
    id: column((i) => i),
    x: logits,
    y: column((i, row) => targets[targetRows ? i : row]),
    ...(weights && { w: column((_, row) => weights[row]) }),
    r: column((_, row) => row),
    k: column((i) => i % classes),
    g: column((_, row) => Math.floor(row / (n / examples))),
  };
  const isReduced = part === 'value' && loss.reduction !== 'none';
  const names = {
    logits: 'x',
    ...(!isTold && { targets: 'y' }),
    ...(!isTold && weights && { weights: 'w' }),
    ...(!isSoftmax && typeof loss.alpha === 'object' && { classes: 'k' }),
    part: part as Part,
  };
  const ofQuery = {
    ...names,
    ...(normalizer !== undefined && { normalizer }),
    ...(part === 'value' && loss.reduction === 'example' && { example: 'g' }),
    ...(!isReduced && { keep: ['id'] }),
    ...(isSoftmax && { row: 'r', class: 'k' }),
    ...(targetRows && !isTold && { targetRows }),
  };
  return { columns, names, ofQuery, isReduced };
}

/** As far as two ways of computing may be apart: accuracy itself is the suite's. */
function expectNear(got: readonly unknown[], expected: readonly number[], what: string) {
  expect(got.length, what).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs).filter(Number.isFinite), 1e-300);
  for (const [i, value] of expected.entries()) {
    const own = got[i] === null ? Number.NaN : Number(got[i]);
    if (!Number.isFinite(value)) expect(own, `${what} [${i}]`).toBe(value);
    else
      expect(Math.abs(own - value), `${what} [${i}]: ${own}, not ${value}`).toBeLessThanOrEqual(
        1e-12 * Math.abs(value) + 1e-13 * largest,
      );
  }
}
const inOrder = (rows: readonly unknown[][]) =>
  [...rows].sort(([a], [b]) => Number(a) - Number(b)).map((row) => row[row.length - 1]);

describe.each(engines)('on %s', (dialect, run) => {
  it(
    `${CALLS} calls`,
    async () => {
      for (let seed = 1; seed <= CALLS; seed++) {
        const one = call(seed);
        const { loss, part, targetRows } = one;
        const { columns, names, ofQuery, isReduced } = tabled(one);
        const what = `call ${seed}: ${JSON.stringify(loss)} ${JSON.stringify(ofQuery)}`;
        const expected = truth(one);
        const sql = query(loss, { ...ofQuery, from: 't', dialect });
        const single = isReduced && loss.reduction !== 'example';
        const found = await run(columns, sql);
        expectNear(single ? [found[0][0]] : inOrder(found), expected, what);
        if (loss.link === 'sigmoid') {
          const reduced = { ...loss, reduction: 'none' } as Loss;
          const text = expression(loss, { ...names, dialect: dialect as DialectName });
          const rows = await run(columns, `SELECT id, ${text} FROM t`);
          expectNear(
            inOrder(rows),
            truth({ ...one, loss: reduced, options: { ...one.options, normalizer: undefined } as never }),
            `expression, ${what}`,
          );
        } else if (!targetRows) {
          const { row, class: _, ...asArrays } = ofQuery as Record<string, unknown>;
          const others = Object.keys(columns).filter((name) => !['x', 'k', 'r'].includes(name));
          const from = `FROM (SELECT ${others.map((name) => `min(${name}) AS ${name}`)}, ${list[dialect]}(x ORDER BY k) AS x FROM t GROUP BY r) AS s`;
          const text = query(loss, { ...(asArrays as typeof ofQuery), from: 't', dialect }).replace(
            'FROM "t" AS s',
            from,
          );
          const rows = await run(columns, text);
          const sorted = single ? [rows[0][0]] : inOrder(rows);
          // Of several logits a row has one id: which of them is which is not asked.
          if (single || part === 'value') expectNear(sorted, expected, `arrays, ${what}`);
          else
            expectNear(
              [...sorted].map(Number).sort((a, b) => a - b),
              [...expected].sort((a, b) => a - b),
              `arrays, ${what}`,
            );
        }
      }
    },
    180_000 + 5000 * CALLS,
  );
});

afterAll(() => (postgresBackend as { close?: () => Promise<void> }).close?.());
