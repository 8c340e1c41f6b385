import { PGlite } from '@electric-sql/pglite';
import { backend } from './backend.js';
import { engine, list } from './engine.js';

/** Lists of float8 are text already. */
const serializers = { 1022: String };

async function fill(db, columns) {
  const names = Object.keys(columns);
  const from = names.map((_, i) => `$${i + 1}::float8[]`).join(', ');
  const lists = Object.values(columns).map((numbers) => `{${list(numbers, '-0')}}`);
  await db.exec('DROP TABLE IF EXISTS t');
  await db.query(`CREATE TEMP TABLE t (${names.map((name) => `${name} float8`).join(', ')})`);
  await db.query(`INSERT INTO t SELECT * FROM unnest(${from})`, lists, { serializers });
}

const ask = async (db, sql) => (await db.query(sql, [], { rowMode: 'array' })).rows;
const { run, close } = engine(() => PGlite.create(), fill, ask);

export { run };
// In WebAssembly: 20,000 entries take a query half a minute.
export default backend('postgres', 'postgres', run, { largest: 4096, close });
