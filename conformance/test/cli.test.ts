import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ReportFile } from '../src/index.ts';

const cli = join(import.meta.dirname, '../dist/cli.js');
const repository = join(import.meta.dirname, 'fixtures/repository');
const good = './packages/good/conformance.js';
const temporary = mkdtempSync(join(tmpdir(), 'focal-conformance-'));
afterAll(() => rmSync(temporary, { recursive: true }));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd: repository, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const ordinary = ['--clause', 'values.ordinary'];

describe('focal-conformance', () => {
  it('exits with 0 if nothing failed', () => {
    const { status, stdout } = run(good, '--backend', 'good', ...ordinary);
    expect(stdout).toMatch(/values\.ordinary +\d+ .*2\.4e-13/);
    expect(stdout).toMatch(/good +float64 +cpu +\d+ .* passes\n/);
    expect(status).toBe(0);
  });

  it('says of each failure what was expected, what came, and how to see it again', () => {
    const { status, stdout } = run(good, ...ordinary, '--quiet');
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /FAILED sigmoidFocal\(gamma=2\)\/hard\/ordinary\n {2}grad\[\d+\] at logit .*, target [01]: expected .*, got .*, relative error 2\.0e\+0/,
    );
    const [, command] =
      stdout.match(/\n {2}focal-conformance (.*) --case 'sigmoidFocal\(gamma=2\)\/hard\/ordinary'\n/) ?? [];
    expect(command).toBe(`${good} --backend 'someone'\\''s first try'`);
    expect(run(good, '--backend', "someone's", '--case', 'sigmoidFocal(gamma=2)/hard/ordinary').status).toBe(1);
    expect(stdout).toMatch(/someone's first try .* softLabels +FAILS\n/);
  });

  it('--all walks the packages, and shows what could not run', () => {
    const json = join(temporary, 'report.json');
    const { status, stdout } = run('--all', ...ordinary, '--json', json);
    expect(status).toBe(1);
    expect(stdout).toMatch(/absent +float32 +gpu .* not run: this machine has no GPU\n/);
    expect(stdout).toMatch(/\.\/packages\/broken\/conformance\.js .* not run: it was not built\n/);
    expect(stdout).toMatch(/faulty .* not run: no adapter to ask\n/);
    expect(stdout).not.toContain('listless');
    const { reports, notLoaded }: ReportFile = JSON.parse(readFileSync(json, 'utf8'));
    expect(reports.map(({ verdict }) => verdict)).toEqual(['not run', 'passes', 'fails']);
    expect(notLoaded).toEqual([
      { file: './packages/broken/conformance.js', reason: 'it was not built' },
      { file: 'faulty', reason: 'no adapter to ask' },
    ]);
  });

  it('reads TypeScript', () => {
    const { status, stdout } = run('../typed.ts', ...ordinary, '--quiet');
    expect(stdout).toMatch(/typed +float64 .* passes\n/);
    expect(status).toBe(0);
  });

  it.skipIf('typescript' in process.features)('says what is missing where nothing reads TypeScript', () => {
    // A copy of the command outside the repository, where there is no tsx; no package is needed before the file is read.
    const alone = join(temporary, 'alone.ts');
    cpSync(join(repository, '../typed.ts'), alone);
    cpSync(join(import.meta.dirname, '../dist'), join(temporary, 'conformance/dist'), { recursive: true });
    cpSync(join(import.meta.dirname, '../../node_modules/cac'), join(temporary, 'node_modules/cac'), {
      recursive: true,
    });
    const core = join(import.meta.dirname, '../../packages/core');
    cpSync(core, join(temporary, 'node_modules/@focal-loss/core'), { recursive: true });
    const copy = join(temporary, 'conformance/dist/cli.js');
    const { status, stdout } = spawnSync(process.execPath, [copy, alone], { cwd: temporary, encoding: 'utf8' });
    expect(stdout).toContain('does not read TypeScript: npm install --save-dev tsx, or use Node.js 22.18 or later');
    expect(status).toBe(1);
  });

  it('init writes a backend that passes, and never over one that is there', () => {
    const file = join(temporary, 'mine.mjs');
    const first = run('init', file);
    expect(first.stdout).toContain(`npx focal-conformance ${file}`);
    expect(first.status).toBe(0);
    const written = readFileSync(file, 'utf8');
    expect(written).toContain('defineBackend');
    expect(run('init', file)).toMatchObject({ status: 2, stderr: expect.stringContaining('already exists') });
    expect(readFileSync(file, 'utf8')).toBe(written);
    expect(run('init', 'mine.py').stderr).toContain('neither a .js nor a .ts file');
  });

  it('writes every kind of report', () => {
    const at = (name: string) => join(temporary, name);
    const files = ['--json', at('r.json'), '--junit', at('r.xml'), '--html', at('r.html')];
    expect(run(good, '--backend', 'good', ...ordinary, '--quiet', ...files).status).toBe(0);
    for (const name of ['r.json', 'r.xml', 'r.html']) expect(existsSync(at(name)), name).toBe(true);
  });

  it('prints the worst error, the input that caused it, and the command that makes that check again', () => {
    const { stdout } = run(good, '--backend', 'good', ...ordinary);
    const [, id] =
      stdout.match(
        /worst error of gradients, allowed 2\.4e-13\n {2}.*: grad\[\d+\] at logit .*\n {2}focal-conformance .* --case '(.*)'\n/,
      ) ?? [];
    expect(run(good, '--backend', 'good', '--case', id).stdout).toContain(`  ${id}: grad[`);
  });

  it('of many backends prints a line each as it goes, and tables only with --verbose', () => {
    const lines = (stdout: string) => stdout.trimEnd().split('\n');
    const { stdout } = run('./packages/absent/conformance.js', good, '--backend', 'o', ...ordinary);
    expect(lines(stdout)[0]).toMatch(/^backend +dtype +device +checks .* verdict$/);
    expect(stdout).not.toContain('clause ');
    expect(run(good, '--verbose', ...ordinary).stdout).toMatch(/good\nclause +checks/);
  });

  it('--list prints what there is to run, and tests nothing', () => {
    const { status, stdout } = run('--list', '--clause', 'values.*');
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^clause +checks +promise$/);
    expect(stdout).toMatch(/\nvalues\.tiny +\d+ {2}hard labels: /);
    expect(stdout).not.toContain('sigmoidFocal(gamma=2)');
    expect(run('--list', '--case', '*(gamma=2)/hard/tiny').stdout).toContain('\n  sigmoidFocal(gamma=2)/hard/tiny');
    expect(run('--list', good)).toMatchObject({ status: 2, stderr: expect.stringContaining('takes no files') });
  });

  it('--shard shares the checks out, and --bail stops at the first failure; reports say so', () => {
    const json = join(temporary, 'part.json');
    const reportOf = (...args: string[]) => {
      run(good, ...args, '--quiet', '--json', json);
      return (JSON.parse(readFileSync(json, 'utf8')) as ReportFile).reports[0];
    };
    const whole = reportOf('--backend', 'good', ...ordinary);
    const parts = [1, 2].map((i) => reportOf('--backend', 'good', ...ordinary, '--shard', `${i}/2`));
    expect(parts.reduce((sum, { checks }) => sum + checks, 0)).toBe(whole.checks);
    expect(parts[1].only).toEqual({ clauses: ['values.ordinary'], shard: '2/2' });
    const stopped = reportOf('--backend', "someone's", ...ordinary, '--bail');
    expect(stopped).toMatchObject({ failed: 1, verdict: 'fails', only: { stopped: 'at the first failure' } });
  });

  it('an option given twice that can only mean one thing is an error, not a TypeError', () => {
    const { status, stderr } = run(good, '--case', 'a', '--case', 'b');
    expect(stderr).toBe('focal-conformance: --case may be given once, not 2 times\n');
    expect(status).toBe(2);
  });

  it('says which suite asked, of which vectors and seed', () => {
    const { stdout } = run(good, '--backend', 'good', ...ordinary, '--seed', '7');
    expect(stdout).toMatch(
      /\nsuite \d+\.\d+\.\d+, vectors [0-9a-f]{16}, seed 7, only clauses values\.ordinary: --seed repeats/,
    );
  });

  it('does not fail for what is unavailable', () => {
    expect(run('./packages/absent/conformance.js').status).toBe(0);
  });

  it.each([
    ['nothing to test', [], 'name the files to test, or give --all'],
    ['an unknown clause', [good, '--clause', 'vales'], 'no clause is called vales'],
    ['an unknown case', [good, '--case', 'x'], 'no case is called x'],
    ['an unknown backend', [good, '--backend', 'x'], 'no backend is called x'],
    ['a timeout of nothing', [good, '--timeout', '0'], '--timeout is 0'],
    [
      'a part that is none',
      [good, '--shard', '4/3'],
      '--shard is 4/3, takes the part and how many there are: 1/4 to 4/4',
    ],
    ['an unknown option', [good, '--verbos'], 'Unknown option'],
  ])('exits with 2 for %s', (_, args, message) => {
    const { status, stderr } = run(...args);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});
