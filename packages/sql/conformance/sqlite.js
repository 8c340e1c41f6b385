import initSqlJs from 'sql.js';
import { backend } from './backend.js';

let started;
let turn = Promise.resolve();
/** What the table is made of. */
let there;

/** Rows of the answer to a query over the table `t`. SQLite has no NaN: it is NULL. */
export function run(columns, sql) {
  started ??= initSqlJs({ useOldExtensionFunctions: false }).then(({ Database }) => new Database());
  const made = turn.then(async () => {
    const db = await started;
    if (columns !== there) {
      there = undefined;
      const names = Object.keys(columns);
      const lists = Object.values(columns);
      db.run('DROP TABLE IF EXISTS t');
      db.run(`CREATE TABLE t (${names.join(', ')})`);
      const insert = db.prepare(`INSERT INTO t VALUES (${names.map(() => '?').join(', ')})`);
      db.run('BEGIN');
      for (let i = 0; i < lists[0].length; i++) insert.run(lists.map((list) => list[i]));
      db.run('COMMIT');
      insert.free();
      there = columns;
    }
    return db.exec(sql)[0]?.values ?? [];
  });
  turn = made.catch(() => {});
  return made;
}

const reason = 'SQLite has no NaN: it is stored as NULL, and a class without a logit is no class of its row';
const xfail = [
  ...['softmax*', 'distributionFocal*'].map((loss) => ({ clause: 'nonfinite', case: `${loss}/nonfinite/nan`, reason })),
  { clause: 'random.nonfinite', reason: `${reason}; of a sigmoid, it is no entry of a sum` },
  {
    clause: 'random.bad-input',
    reason: 'SQLite has no NaN: a target or a weight that is one is NULL, and no entry of a sum',
  },
];

export default backend('sqlite', 'sqlite', run, { xfail, close: async () => (await started)?.close() });
