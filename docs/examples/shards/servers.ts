/** PostgreSQL servers of one's own, on 127.0.0.1, for as long as the program runs. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';

/** What a server needs, or why there is none. */
export type Found = { readonly bin: string; readonly version: string } | { readonly missing: string };

/** Where Debian puts each version, the newest first. */
function folders(): string[] {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(DEBIAN, version, 'bin'));
}

/** A PostgreSQL from 15 on: the first whose foreign tables compute a CASE where they lie. */
export function findPostgres(among: readonly string[] = folders()): Found {
  const bin = among.find((folder) => existsSync(join(folder, 'initdb')));
  if (bin === undefined)
    return { missing: `no initdb in the folder of --bin, or in ${DEBIAN}/*/bin (Debian: apt-get install postgresql)` };
  const version = execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).trim();
  if (Number(/(\d+)/.exec(version)?.[1]) < 15) return { missing: `${version}, and the shards need 15 or later` };
  const share = execFileSync(join(bin, 'pg_config'), ['--sharedir'], { encoding: 'utf8' }).trim();
  if (!existsSync(join(share, 'extension/postgres_fdw.control')))
    return { missing: `${version} is without postgres_fdw` };
  return { bin, version };
}

/** The user that servers run as: they refuse root. */
function user(): { readonly name: string; readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { name, uid: id('-u'), gid: id('-g') };
    } catch {
      // The next one.
    }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody');
}

/** Servers with a data folder each, made once and copied. */
export class Servers {
  readonly runsAs: string | undefined;
  private readonly bin: string;
  private readonly owner = user();
  private readonly folder = mkdtempSync(join(tmpdir(), 'shards-'));
  private readonly running = new Map<number, ChildProcess>();
  private readonly ports: number[] = [];

  constructor(bin: string) {
    this.bin = bin;
    this.runsAs = this.owner?.name;
    if (this.owner) chownSync(this.folder, this.owner.uid, this.owner.gid);
  }

  private get identity() {
    return { cwd: this.folder, ...(this.owner && { uid: this.owner.uid, gid: this.owner.gid }) };
  }

  /** As many servers as are asked for, listening. */
  async start(count: number): Promise<void> {
    const args = [
      '-D',
      join(this.folder, '0'),
      '-U',
      'postgres',
      '-A',
      'trust',
      '-N',
      '--no-instructions',
      '--locale=C',
      '-E',
      'UTF8',
    ];
    execFileSync(join(this.bin, 'initdb'), args, { ...this.identity, stdio: ['ignore', 'ignore', 'pipe'] });
    for (let i = 0; i < count; i++) {
      const to = join(this.folder, String(i));
      // As the owner of what is copied.
      if (i > 0) execFileSync('cp', ['-a', join(this.folder, '0'), to], this.identity);
      this.ports.push(await freePort());
    }
    await Promise.all(this.ports.map((_, i) => this.open(i)));
  }

  /** Starts one server, and waits until it answers. */
  async open(i: number): Promise<void> {
    const settings = {
      port: this.ports[i],
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      // One process a query: what more servers bring is theirs. The data is made anew each time.
      max_parallel_workers_per_gather: 0,
      jit: 'off',
      fsync: 'off',
      wal_level: 'minimal',
      max_wal_senders: 0,
      autovacuum: 'off',
      enable_partitionwise_aggregate: 'on',
      // Else a scan of a large table begins where another has ended, and a sum is rounded in another order.
      synchronize_seqscans: 'off',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(join(this.bin, 'postgres'), ['-D', join(this.folder, String(i)), ...args], {
      ...this.identity,
      stdio: 'ignore',
    });
    this.running.set(i, child);
    for (let tries = 0; tries < 300; tries++) {
      if (child.exitCode !== null) throw new Error(`the server on port ${this.ports[i]} ended with ${child.exitCode}`);
      try {
        execFileSync(join(this.bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(this.ports[i])]);
        return;
      } catch {
        await new Promise((done) => setTimeout(done, 100));
      }
    }
    throw new Error(`the server on port ${this.ports[i]} does not answer`);
  }

  /** Ends one server at once, as a crash does: nothing is written, and what runs is lost. */
  async crash(i: number): Promise<void> {
    const child = this.running.get(i);
    this.running.delete(i);
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGQUIT');
    await ended;
  }

  port(i: number): number {
    return this.ports[i];
  }

  /** What a server answers, as lines of fields parted by |. The error of a query has the server's words. */
  sql(i: number, text: string): Promise<string> {
    const args = [
      '-h',
      '127.0.0.1',
      '-p',
      String(this.ports[i]),
      '-U',
      'postgres',
      '-d',
      'postgres',
      '-XqAt',
      '-v',
      'ON_ERROR_STOP=1',
    ];
    const child = spawn(join(this.bin, 'psql'), args, { cwd: this.folder });
    let [out, error] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      error += chunk;
    });
    child.stdin.end(text);
    return new Promise((done, fail) => {
      child.once('error', fail);
      child.once('close', (code) => (code === 0 ? done(out.trim()) : fail(new Error(error.trim()))));
    });
  }

  /** Ends all servers, and removes what they wrote. */
  async close(): Promise<void> {
    await Promise.all([...this.running.keys()].map((i) => this.crash(i)));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A port of 127.0.0.1 that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
