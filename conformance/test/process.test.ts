import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { processBackend } from '../src/cli/process.ts';
import { conformanceReport, loadVectors } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'focal-process-'));
afterAll(() => rmSync(folder, { recursive: true }));
const page = readFileSync(join(import.meta.dirname, '../PROCESS.md'), 'utf8');
const program = (language: string) => page.match(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``))?.[1] ?? '';
const vectors = await loadVectors();
const written = (name: string, text: string) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

/** What a process of JavaScript answers to each call. */
const script = (body: string, first = `{ name: 'mine', dtype: 'float64' }`) => `
console.log(JSON.stringify(${first}));
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => { const call = JSON.parse(line); ${body} });`;

describe('a backend in another process', () => {
  it('the Python of PROCESS.md passes a third of the suite, of every clause', async (context) => {
    if (spawnSync('python3', ['-c', 'import numpy']).status !== 0) context.skip('not run: no python3 with NumPy here');
    const backend = await processBackend(`python3 ${written('backend.py', program('python'))}`);
    const report = await conformanceReport({ ...backend, largest: 1e4 }, { vectors, shard: [2, 3] });
    expect(report.failures.map(({ id, messages, worst }) => ({ id, messages, worst }))).toEqual([]);
    expect(report.checks).toBeGreaterThan(50);
  });

  it('the C++ of PROCESS.md has the values and slopes of cross-entropy', async (context) => {
    if (spawnSync('c++', ['--version']).status !== 0) context.skip('not run: no C++ compiler here');
    execFileSync('c++', ['-O1', '-o', join(folder, 'backend'), written('backend.cpp', program('cpp'))]);
    const backend = await processBackend(join(folder, 'backend'));
    const report = await conformanceReport(backend, {
      vectors,
      case: 'sigmoidCrossEntropy()/*',
      clauses: ['values.*', 'soft-labels'],
    });
    expect(report).toMatchObject({ verdict: 'passes', failed: 0 });
    expect(report.checks).toBeGreaterThan(4);
  });

  it('words for NaN and infinities come and go, answers may change places, errors are errors', async () => {
    const body = `
      if (call.logits[0] === 1) return setTimeout(() => console.log(JSON.stringify({ id: call.id, value: 1 })), 50);
      if (call.logits[0] === 'NaN') return console.log('{"id": ' + call.id + ', "value": [NaN, -Infinity], "grad": ["Infinity"]}');
      console.log(JSON.stringify({ id: call.id, error: 'targets[0] is bad' }));`;
    const backend = await processBackend(`node ${written('words.cjs', script(body))}`);
    const call = (x: number) =>
      ({ loss: { name: 'a' }, logits: Float64Array.of(x), targets: [], wants: ['value'] }) as never;
    const answers = await Promise.allSettled([
      backend.evaluate(call(1)),
      backend.evaluate(call(Number.NaN)),
      backend.evaluate(call(0)),
    ]);
    expect(answers).toMatchObject([
      { value: { value: 1 } },
      { value: { value: [Number.NaN, -Infinity], grad: [Infinity] } },
      { reason: { message: 'targets[0] is bad' } },
    ]);
    await backend.close?.();
  });

  it('one that dies, talks nonsense or says nothing about itself ends with what it said', async () => {
    const dies = await processBackend(
      `node ${written('dies.cjs', script("console.error('out of memory'); process.exit(3);"))}`,
    );
    await expect(dies.evaluate({ loss: {}, logits: [] } as never)).rejects.toThrow(/ended with code 3:\nout of memory/);
    await expect(dies.evaluate({ loss: {}, logits: [] } as never)).rejects.toThrow('ended with code 3');
    await dies.close?.();
    const talks = await processBackend(`node ${written('talks.cjs', script("console.log('hello');"))}`);
    await expect(talks.evaluate({ loss: {}, logits: [] } as never)).rejects.toThrow('no JSON: hello');
    await talks.close?.();
    await expect(processBackend('exit 4')).rejects.toThrow('ended with code 4');
  });

  it('the command tests it, and says how to see a failure again', () => {
    const wrong = script(
      'console.log(JSON.stringify({ id: call.id, value: call.logits.map(() => 0), grad: call.logits.map(() => 0) }));',
    );
    const command = `node ${written('wrong.cjs', wrong)}`;
    const args = [
      join(import.meta.dirname, '../dist/cli.js'),
      '--exec',
      command,
      '--case',
      'sigmoidFocal(gamma=2)/hard/tiny',
    ];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stdout).toContain('FAILED sigmoidFocal(gamma=2)/hard/tiny');
    expect(stdout).toContain(`focal-conformance --exec '${command}' --case`);
    expect(status).toBe(1);
  });
});
