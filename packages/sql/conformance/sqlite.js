import initSqlJs from 'sql.js';
import { backend } from './backend.js';
import { engine } from './engine.js';

async function open() {
  const { Database } = await initSqlJs({ useOldExtensionFunctions: false });
  return new Database();
}

/** SQLite has no NaN: it is NULL. */
function fill(db, columns) {
  const names = Object.keys(columns);
  const lists = Object.values(columns);
  db.run('DROP TABLE IF EXISTS t');
  db.run(`CREATE TABLE t (${names.join(', ')})`);
  const insert = db.prepare(`INSERT INTO t VALUES (${names.map(() => '?').join(', ')})`);
  db.run('BEGIN');
  for (let i = 0; i < lists[0].length; i++) insert.run(lists.map((list) => list[i]));
  db.run('COMMIT');
  insert.free();
}

const { run, close } = engine(open, fill, (db, sql) => db.exec(sql)[0]?.values ?? []);

const reason = 'SQLite has no NaN: it is stored as NULL, and a class without a logit is no class of its row';
const xfail = [
  ...['softmax*', 'distributionFocal*'].map((loss) => ({ clause: 'nonfinite', case: `${loss}/nonfinite/nan`, reason })),
  { clause: 'random.nonfinite', reason: `${reason}; of a sigmoid, it is no entry of a sum` },
  {
    clause: 'random.bad-input',
    reason: 'SQLite has no NaN: a target or a weight that is one is NULL, and no entry of a sum',
  },
];

export { run };
export default backend('sqlite', 'sqlite', run, { xfail, close });
