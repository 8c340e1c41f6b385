import { DuckDBInstance } from '@duckdb/node-api';
import { backend } from './backend.js';
import { engine, list } from './engine.js';

const open = async () => (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();

/** As text, in which NaN and infinity have names. */
function fill(connection, columns) {
  const parts = Object.entries(columns).map(
    ([name, numbers]) => `unnest('[${list(numbers, '-0.0')}]'::DOUBLE[]) AS "${name}"`,
  );
  return connection.run(`CREATE OR REPLACE TEMP TABLE t AS SELECT ${parts.join(', ')}`);
}

const { run } = engine(open, fill, async (connection, sql) => (await connection.runAndReadAll(sql)).getRows());

export { run };
export default backend('duckdb', 'duckdb', run);
