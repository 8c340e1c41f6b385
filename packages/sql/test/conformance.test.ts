import { conformance } from '@focal-loss/conformance/vitest';
import duckdb from '../conformance/duckdb.js';
import postgres from '../conformance/postgres.js';
import sqlite from '../conformance/sqlite.js';

// A part of the suite each: the whole of it takes minutes, and is what `npm run conformance` (DuckDB) and `npm run conformance:engines` run.
conformance(duckdb, {
  clauses: ['values.saturated', 'softmax.3', 'reductions', 'normalizers', 'bad-targets', 'empty'],
});
conformance(postgres, { clauses: ['softmax.2', 'reductions', 'bad-targets', 'empty'] });
conformance(sqlite, { clauses: ['values.ordinary', 'softmax.2', 'ignore', 'bad-targets', 'examples'] });
