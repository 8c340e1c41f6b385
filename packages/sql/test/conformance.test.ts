import { conformance } from '@focal-loss/conformance/vitest';
import duckdb from '../conformance/duckdb.js';
import postgres from '../conformance/postgres.js';
import sqlite from '../conformance/sqlite.js';

// A small share of what takes no seconds: the whole suite takes minutes, and is what `npm run conformance` runs.
const clauses = [
  ...['values.*', 'soft-labels', 'softmax.*', 'alpha', 'places', 'reductions', 'examples', 'normalizers', 'weights'],
  ...['ignore', 'bad-targets', 'nonfinite', 'empty', 'hess', 'posterior*'],
];
conformance(duckdb, { clauses, shard: [1, 20] });
conformance(postgres, { clauses, shard: [2, 40] });
conformance(sqlite, { clauses, shard: [3, 20] });
