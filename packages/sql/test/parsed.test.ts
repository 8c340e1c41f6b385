/** Dialects whose engines npm does not have: parsed, not run. Spark's by the grammar of Hive, which it extends. */
import { type Loss, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import sqlParser from 'node-sql-parser';
import { describe, expect, it } from 'vitest';
import { type DialectName, expression, query } from '../src/index.ts';

/** What a parser has to say against a text. */
type Complaint = (sql: string) => unknown;
const throwing =
  (database: string): Complaint =>
  (sql) => {
    try {
      new sqlParser.Parser().astify(sql, { database });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
const parsers: readonly (readonly [DialectName, Complaint])[] = [
  ['bigquery', throwing('bigquery')],
  ['snowflake', throwing('snowflake')],
  ['spark', throwing('hive')],
  ['trino', throwing('trino')],
];

describe.each(parsers)('%s, parsed and not run', (dialect, complaint) => {
  const columns = { logits: 'score', targets: 'label', dialect } as const;
  const table = { ...columns, from: ['lake', 'predictions'] };
  const plain: Loss = sigmoidFocal({ gamma: 2, alpha: 0.25, ignoreIndex: -1 });

  it('refuses what is no SQL', () => {
    expect(complaint('SELECT 1 + FROM WHERE (')).toBeTruthy();
  });

  it.each(['value', 'grad'] as const)('reads the expression of the %s', (part) => {
    const sql = expression(plain, { ...columns, weights: 'w', part });
    expect(complaint(`SELECT ${sql} AS focal FROM predictions`)).toBeUndefined();
  });

  it('reads queries of a sum, of each entry and of each example', () => {
    expect(complaint(query(plain, { ...table, weights: 'w' }))).toBeUndefined();
    expect(complaint(query(plain, { ...table, part: 'grad', keep: ['id'] }))).toBeUndefined();
    expect(complaint(query(sigmoidFocal({ reduction: 'example' }), { ...table, example: 'image' }))).toBeUndefined();
  });

  it(`reads queries of a softmax over rows${dialect === 'spark' || dialect === 'trino' ? '' : ' and over arrays'}`, () => {
    expect(complaint(query(softmaxFocal(), { ...table, row: 'id', class: 'kind' }))).toBeUndefined();
    expect(
      complaint(query(softmaxFocal({ labelSmoothing: 0.1 }), { ...table, row: 'id', class: 'kind' })),
    ).toBeUndefined();
    // The parser knows neither LATERAL VIEW nor WITH ORDINALITY: arrays of Spark and Trino are not parsed.
    if (dialect === 'spark' || dialect === 'trino') return;
    expect(complaint(query(softmaxFocal(), table))).toBeUndefined();
  });
});
