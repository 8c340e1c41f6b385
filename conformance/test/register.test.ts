import { describe, expect, it } from 'vitest';
import { type AnyBackend, type RunOptions, runConformance } from '../src/index.ts';
import { type Framework, register } from '../src/register.ts';
import { rounded } from './honest.ts';

/** What a framework was told, by the test's name: `passed`, or why it was skipped. */
async function outcomes(
  options?: RunOptions,
  backend: AnyBackend = rounded('float64'),
): Promise<Record<string, string>> {
  const bodies: [string, () => Promise<string | undefined>][] = [];
  const work: (() => Promise<void>)[] = [];
  const framework: Framework = {
    describe: (_, body) => body(),
    before: (begin) => void work.push(begin),
    after: () => {},
    it: (name, _, body) => void bodies.push([name.split(':')[0], body]),
  };
  register(backend, framework, options);
  for (const begin of work) await begin();
  const results: [string, string][] = [];
  for (const [name, body] of bodies) results.push([name, (await body()) ?? 'passed']);
  return Object.fromEntries(results);
}

describe('the suite in a test framework', () => {
  it('runs the clauses that were asked for, and says of the others that they did not run', async () => {
    const all = await outcomes({ clauses: ['alpha', 'softmax.*'] });
    const { alpha, 'softmax.3': rows, ...others } = all;
    expect([alpha, rows]).toEqual(['passed', 'passed']);
    const left = Object.entries(others).filter(([id]) => !id.startsWith('softmax.'));
    expect(left.length).toBeGreaterThan(30);
    expect(new Set(left.map(([, outcome]) => outcome))).toEqual(new Set(['not run: left out by the options']));
  });

  it('knows the clause or case that is asked for, or says so', async () => {
    await expect(outcomes({ clauses: ['alpa'] })).rejects.toThrow('no clause is called alpa');
    await expect(outcomes({ case: 'nothing' })).rejects.toThrow('no case is called nothing');
  });

  it('fails for what went wrong outside any check, elsewhere too, where it passed', async () => {
    const closing = { ...rounded('float64'), close: () => Promise.reject(new Error('too late')) };
    const elsewhere = {
      name: 'far',
      dtype: 'float64',
      run: (options: RunOptions) => runConformance(closing, options),
    } as const;
    await expect(outcomes({ clauses: ['alpha'] }, elsewhere)).rejects.toThrow('far: close threw too late');
  });
});
