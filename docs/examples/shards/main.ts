/**
 * A loss over a table that lies on three PostgreSQL servers: the mean, and the hardest examples, computed where the rows are.
 *
 *     npm run shards -w @focal-loss/sql -- --rows 10000000
 *
 * `--bin` is the folder of initdb and postgres, where that is not Debian's.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { findPostgres, Servers } from './servers.ts';
import { study } from './study.ts';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '300000' }, bin: { type: 'string' } } });
const rows = Number(values.rows);
const found = findPostgres(values.bin === undefined ? undefined : [values.bin]);
if (!Number.isInteger(rows) || rows < 3) {
  console.error(`--rows got ${values.rows}, takes a whole number ≥ 3`);
  process.exitCode = 2;
} else if ('missing' in found) {
  console.log(`not run: ${found.missing}`);
} else {
  const servers = new Servers(found.bin);
  try {
    console.log(
      `${found.version}, three servers on 127.0.0.1${servers.runsAs ? `, as the user ${servers.runsAs}: they refuse root` : ''}`,
    );
    await study(servers, rows, console.log);
  } finally {
    await servers.close();
  }
}
