/** Backends that do to the command what no backend should: it goes on, says what happened and where, and exits with 1. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Report, ReportFile } from '../src/index.ts';

const cli = join(import.meta.dirname, '../dist/cli.js');
// Beside the packages, where modules find core.
const folder = mkdtempSync(join(import.meta.dirname, '../node_modules/.misbehaving-'));
afterAll(() => rmSync(folder, { recursive: true }));

const good = `import { reference } from '@focal-loss/core';
let calls = 0;
const evaluate = ({ loss, logits, targets, ...options }) => {
  const { shape, axis, weights, weightsShape, normalizer } = options;
  return reference(loss).valueAndGrad(logits, targets, { shape, axis, weights, weightsShape, normalizer });
};
const answers = (name, wrong) => ({
  ...named(name),
  evaluate(call) {
    const { value, grad } = evaluate(call);
    return { value: typeof value === 'number' ? value : wrong(value), grad };
  },
});
const named = (name) => ({ name, dtype: 'float64', evaluate });
`;

/** What each module does, by its name. */
const modules = {
  exits: `export default { ...named('exits'), evaluate: (call) => (++calls > 5 ? process.exit(0) : evaluate(call)) };`,
  blocks: `export default { ...named('blocks'), evaluate(call) { if (++calls > 5) for (;;); return evaluate(call); } };`,
  'never closes': `export default { ...named('never closes'), close: () => new Promise(() => {}) };`,
  'closes badly': `export default { ...named('closes badly'), close: () => { throw new Error('too late'); } };`,
  rejects: `export default { ...named('rejects'), evaluate(call) { if (++calls === 5) Promise.reject(new Error('lost')); return evaluate(call); } };`,
  'throws late': `export default { ...named('throws late'), close() { setTimeout(() => { throw new Error('late'); }, 200); } };`,
  replaces: `Object.is = () => true; Math.abs = () => 0; export default named('replaces');`,
  'is never imported': `await new Promise(() => {}); export default named('nobody');`,
  'throws at its import': `throw new TypeError('not today');`,
  'is none': `export default { name: 'none' };`,
  'keeps a timer': `setInterval(() => {}, 1e6); export default named('keeps a timer');`,
  'two of one file': `export default [{ ...named('ends both'), evaluate: () => process.exit(3) }, named('second')];`,
  texts: `export default answers('texts', (value) => Array.from(value, String));`,
  BigInts: `export default answers('BigInts', (value) => BigInt64Array.from(value, (x) => BigInt(Math.round(x))));`,
  holes: `export default answers('holes', (value) => new Array(value.length));`,
  good: `export default named('good');`,
};

// All in one run: whatever one does, the next one is tested.
const files = Object.entries(modules).map(([name, code]) => {
  const file = join(folder, `${name.replaceAll(' ', '-')}.mjs`);
  writeFileSync(file, good + code);
  return file;
});
const json = join(folder, 'report.json');
const args = [cli, ...files, '--clause', 'values.ordinary', '--timeout', '1', '--json', json];
const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
const { reports, notLoaded }: ReportFile = JSON.parse(readFileSync(json, 'utf8'));
const reportOf = (name: string) => reports.find(({ backend }) => backend.name === name) as Report;

describe('a backend that', () => {
  it.each([
    ['exits', /^its process ended with code 0 at .*\/ordinary \(values\.ordinary\)$/],
    ['blocks', /^it blocked its thread for more than 1 s at .*\/ordinary \(values\.ordinary\)$/],
    ['never closes', /^close did not settle within 1 s$/],
    ['closes badly', /^close threw too late$/],
    ['rejects', /^a promise was rejected: lost at .*\/ordinary \(values\.ordinary\)$/],
    ['throws late', /^nobody caught late, after the verdict$/],
    ['replaces', /^replaced Object\.is, Math\.abs, which the suite computes with$/],
    ['ends both', /^its process ended with code 3 at .*\/ordinary \(values\.ordinary\)$/],
  ])('%s: fails, and it is said where', (name, fault) => {
    const { verdict, faults } = reportOf(name);
    expect(verdict).toBe('fails');
    expect(faults).toEqual([expect.stringMatching(fault)]);
    // A run that was cut off says what it was, too.
    const { suite, only } = reportOf('good');
    expect(reportOf(name)).toMatchObject({ suite, only });
    expect(stdout).toContain(`${name} FAILS\n\nOUTSIDE ANY CHECK ${faults[0]}`);
  });

  it.each([
    ['is never imported', 'loading it did not end within 10 s'],
    ['throws at its import', 'not today'],
    ['is none', 'its default export is neither a backend nor an array of them'],
  ])('%s: is not loaded', (name, reason) => {
    const file = join(folder, `${name.replaceAll(' ', '-')}.mjs`);
    expect(notLoaded).toContainEqual({ file, reason });
  });

  it.each([
    ['texts', /value\[0\] is a string, .*, not a number/],
    ['BigInts', /value\[0\] is a bigint, .*, not a number/],
    ['holes', /value\[0\] is a undefined, undefined, not a number/],
  ])('answers with %s fails', (name, message) => {
    expect(reportOf(name).failures[0].messages[0]).toMatch(message);
  });

  it.each(['good', 'keeps a timer', 'second'])('%s: does no harm, and passes', (name) => {
    expect(reportOf(name)).toMatchObject({ verdict: 'passes', faults: [] });
  });

  it('is wrong or not there: the exit code is 1', () => {
    expect(status).toBe(1);
    expect(notLoaded).toHaveLength(3);
  });
});

it('a call that never returns ends node:test, too, which would wait for ever, and says where', () => {
  const file = join(folder, 'blocks.test.mjs');
  const options = "{ timeout: 500, clauses: ['values.ordinary'] }";
  writeFileSync(
    file,
    `import { conformance } from '@focal-loss/conformance/node-test';\n${good}${modules.blocks.replace('export default', 'const bad =')}\nconformance(bad, ${options});`,
  );
  const run = spawnSync(process.execPath, ['--test', file], {
    encoding: 'utf8',
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  expect(run.status).toBe(1);
  expect(run.stdout).toMatch(/blocks at .*\/ordinary blocked its thread for more than 0\.5 s; process ended/);
});
