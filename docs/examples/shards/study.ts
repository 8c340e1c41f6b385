import { sigmoidFocal } from '@focal-loss/core';
import { expression } from '@focal-loss/sql';
import type { Servers } from './servers.ts';

/** The last of the three is the one that is killed. */
const COUNT = 3;
const VICTIM = COUNT - 1;

const focal = expression(sigmoidFocal({ gamma: 2, alpha: 0.25 }), {
  logits: 'score',
  targets: 'label',
  dialect: 'postgres',
});

/** The mean over a table. Grouped by what parts it, the sums are those of whole shards, which these compute themselves. */
const mean = (table: string) => `SELECT sum(loss ORDER BY shard) / sum(n)
FROM (SELECT shard, sum(${focal}) AS loss, count(*) AS n FROM ${table} GROUP BY shard) AS shards`;

/** The hardest examples: each shard gives its own, and the hardest of these are those of all. */
const hardest = (table: string, count: number) => {
  const ofShard = (shard: number) =>
    `(SELECT id, ${focal} AS focal FROM ${table}_${shard}_there ORDER BY focal DESC LIMIT 100)`;
  return `SELECT id, focal FROM (${Array.from({ length: count }, (_, i) => ofShard(i)).join('\nUNION ALL ')}) AS hard
ORDER BY focal DESC, id LIMIT 100`;
};

/** `rows` predictions over so many servers: the table lies on all of them, and is asked for on the first. */
async function spread(servers: Servers, rows: number, count: number): Promise<string> {
  const table = `predictions${count}`;
  const columns = '(id bigint, shard int, score float8, label int)';
  const part = (i: number) => `${table}_${i}`;
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      servers.sql(
        i,
        `BEGIN; CREATE TABLE ${part(i)} ${columns};
        INSERT INTO ${part(i)} SELECT id, ${i}, 12 * sin(id) - 4, (id * 7919 % 10 < 2)::int
        FROM generate_series(${i}::bigint, ${rows - 1}, ${count}) AS id; COMMIT; VACUUM ANALYZE ${part(i)}`,
      ),
    ),
  );
  const foreign = Array.from(
    { length: count },
    (_, i) => `CREATE FOREIGN TABLE ${part(i)}_there PARTITION OF ${table} FOR VALUES IN (${i})
      SERVER shard${i} OPTIONS (table_name '${part(i)}'); ANALYZE ${part(i)}_there;`,
  );
  await servers.sql(0, `CREATE TABLE ${table} ${columns} PARTITION BY LIST (shard); ${foreign.join('\n')}`);
  return table;
}

/** Prints what is to be seen; see main.ts. */
export async function study(servers: Servers, rows: number, print: (line: string) => void): Promise<void> {
  await servers.start(COUNT);
  const links = Array.from(
    { length: COUNT },
    (_, i) => `CREATE SERVER shard${i} FOREIGN DATA WRAPPER postgres_fdw
      OPTIONS (host '127.0.0.1', port '${servers.port(i)}', dbname 'postgres', async_capable 'true', use_remote_estimate 'true');
      CREATE USER MAPPING FOR postgres SERVER shard${i} OPTIONS (user 'postgres');`,
  );
  await servers.sql(0, `CREATE EXTENSION postgres_fdw; ${links.join('\n')}`);

  const ask = (text: string) => servers.sql(0, text);
  for (let count = 1; count <= COUNT; count++) {
    const table = await spread(servers, rows, count);
    const started = performance.now();
    const value = await ask(mean(table));
    const seconds = (performance.now() - started) / 1000;
    print(
      `${count} ${count === 1 ? 'server ' : 'servers'}: mean ${value}, ${(rows / seconds / 1e6).toFixed(2)} million rows/s`,
    );
  }

  const table = `predictions${COUNT}`;
  for (const [what, text] of Object.entries({ mean: mean(table), hardest: hardest(table, COUNT) })) {
    print(`\n${what}: ${planOf(await ask(`EXPLAIN (VERBOSE, COSTS OFF) ${text}`))}`);
  }
  const started = performance.now();
  const hard = (await ask(hardest(table, COUNT))).split('\n').map((line) => line.split('|'));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  print(
    `\n100 hardest of ${rows}: id ${hard[0][0]} with ${hard[0][1]} to id ${hard[99]?.[0]} with ${hard[99]?.[1]}, in ${seconds} s`,
  );

  const before = await ask(mean(table));
  const asked = ask(mean(table)).then(
    (value) => `it answered ${value} before it was killed: take more --rows`,
    (error: Error) => error.message,
  );
  await working(servers);
  await servers.crash(VICTIM);
  print(`\nserver ${COUNT} is killed while it computes:\n${indented(await asked)}`);
  const down = await ask(mean(table)).catch((error: Error) => error.message);
  print(`asked while it is down:\n${indented(down)}`);
  await servers.open(VICTIM);
  const after = await ask(mean(table));
  print(`it is back: mean ${after}, ${after === before ? 'the same' : `and was ${before}`}`);
}

/** Waits until the server that is to be killed is at work. */
async function working(servers: Servers): Promise<void> {
  const active =
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query ~ 'FETCH|atanh'";
  for (let tries = 0; tries < 50; tries++) {
    if ((await servers.sql(VICTIM, active)) !== '0') return;
  }
}

/** The nodes of a plan, and of what it asks the servers to do, the first words and whether the loss is computed there. */
function planOf(plan: string): string {
  const lines = plan.split('\n').flatMap((line) => {
    const [, indent = '', node] =
      /^(\s*)(?:->\s+)?((?:Async |Partial |Finalize )?[A-Z][A-Za-z ]+?)(?: on .*)?$/.exec(line) ?? [];
    const remote = /Remote SQL: (.*)$/.exec(line)?.[1];
    if (remote !== undefined) return [`      its server computes: ${told(remote)}`];
    return node === undefined ? [] : [`${indent}${node}`];
  });
  return lines.join('\n');
}

/** The text that a server gets, in short. */
function told(remote: string): string {
  const words = ['exp(', 'atanh(', 'sum(', 'count(', 'GROUP BY', 'ORDER BY', 'LIMIT'].filter((word) =>
    remote.includes(word),
  );
  return `${remote.length} characters with ${words.map((word) => word.replace('(', '')).join(', ')}`;
}

/** Lines of an error, without the whole of the query. */
const indented = (text: string) =>
  text
    .split('\n')
    .map((line) => `  ${line.trim().slice(0, 110)}${line.length > 110 ? ' …' : ''}`)
    .join('\n');
