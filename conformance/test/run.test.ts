import { describe, expect, it } from 'vitest';
import { statementOf } from '../src/clauses/statements.ts';
import {
  type Backend,
  conformanceReport,
  loadVectors,
  parseVectors,
  type RunEvent,
  runConformance,
  toJson,
} from '../src/index.ts';
import { evaluate, rounded } from './honest.ts';

const vectors = await loadVectors();
const honest = rounded('float64');

async function collect(backend: Backend, clauses?: string[]): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of runConformance(backend, clauses ? { vectors, clauses } : { vectors })) events.push(event);
  return events;
}

describe('the runner', () => {
  it('tells what happens, ending with the report', async () => {
    const events = await collect(honest, ['operations.*', 'laws.flip']);
    const [start, end] = [events[0], events.at(-1)];
    if (start.type !== 'start' || end?.type !== 'end') throw new Error('no start or no end');
    const checks = events.filter(({ type }) => type === 'check');
    expect(checks).toHaveLength(start.total);
    expect(checks.at(-1)).toMatchObject({ done: start.total, total: start.total });
    expect(end.report).toMatchObject({ verdict: 'passes', checks: start.total, failed: 0, failures: [] });
    expect(end.report.clauses.at(-1)).toMatchObject({ id: 'laws.flip', against: 'itself', allowance: 4.8e-13 });
    expect(end.report.worst.value?.error).toBeLessThan(1e-14);
    expect(end.report.runtime.node).toBe(process.versions.node);
  });

  it('asks operations first', async () => {
    const events = await collect(honest, ['laws.alpha', 'values.tiny', 'operations.add']);
    const order = events.flatMap((event) => (event.type === 'clause' ? [event.report.id] : []));
    expect(order).toEqual(['operations.add', 'values.tiny', 'laws.alpha']);
  });

  it('runs one case', async () => {
    const id = 'sigmoidFocal(gamma=2)/hard/tiny';
    const report = await conformanceReport(honest, { vectors, case: id });
    expect(report).toMatchObject({ checks: 1, verdict: 'passes', clauses: [{ id: 'values.tiny' }] });
    expect(report.worst.grad).toMatchObject({ check: id, part: 'grad', logit: expect.any(Number) });
  });

  it('a declared failure does not put its error under a clause that passes ("worst 1.1e+71")', async () => {
    const id = 'sigmoidFocal(gamma=2)/hard/tiny';
    const huge: Backend = {
      ...honest,
      evaluate: (call) => ({ ...evaluate(call), value: Array(call.targets.length).fill(1e71) }),
      xfail: [{ clause: 'values.tiny', reason: 'of course' }],
    };
    const report = await conformanceReport(huge, { vectors, case: id });
    expect(report).toMatchObject({ verdict: 'passes', clauses: [{ expectedFailures: 1, worst: {} }] });
    expect(report.expectedFailures[0].worst.value?.error).toBeGreaterThan(1);
  });

  it('refuses names that fit nothing', async () => {
    await expect(conformanceReport(honest, { vectors, clauses: ['values.*', 'vales.*'] })).rejects.toThrow('vales.*');
    await expect(conformanceReport(honest, { vectors, case: 'nothing' })).rejects.toThrow('no case is called nothing');
  });

  it('runs one part of several, which together are all', async () => {
    const all = await conformanceReport(honest, { vectors, clauses: ['values.*', 'alpha'] });
    const shards = [1, 2, 3, 4, 5].map((part) => [part, 5] as const);
    const parts = await Promise.all(
      shards.map((shard) => conformanceReport(honest, { vectors, clauses: ['values.*', 'alpha'], shard })),
    );
    expect(parts.reduce((sum, { checks }) => sum + checks, 0)).toBe(all.checks);
    for (const { checks } of parts) expect(Math.abs(checks - all.checks / 5)).toBeLessThan(1);
    for (const shard of [
      [0, 2],
      [3, 2],
      [1.5, 2],
    ] as const) {
      await expect(conformanceReport(honest, { vectors, shard })).rejects.toThrow('the part is');
    }
  });

  it('says which vectors it asked: the same digest for the same ones, in any order', async () => {
    const digest = async (files: typeof vectors) =>
      (await conformanceReport(honest, { vectors: files, clauses: ['alpha'] })).suite.vectors;
    expect(await digest([...vectors].reverse())).toBe(await digest(vectors));
    const [first, ...rest] = vectors;
    const changed = JSON.parse(JSON.stringify(first).replace('0.5', '0.25'));
    expect(await digest([changed, ...rest])).not.toBe(await digest(vectors));
  });

  it('prints what a backend does not support instead of hiding it', async () => {
    const backend = { ...honest, supports: { softLabels: false, customLoss: false } };
    const report = await conformanceReport(backend, { vectors, clauses: ['operations.*', 'soft-labels'] });
    expect(report).toMatchObject({ checks: 0, failed: 0, without: ['softLabels', 'customLoss'], verdict: 'passes' });
    expect(report.notSupported).toBeGreaterThan(30);
  });

  it('does not run what is unavailable', async () => {
    const closed: string[] = [];
    const backend = { ...honest, unavailable: async () => 'no GPU', close: () => closed.push('closed') as never };
    const report = await conformanceReport(backend, { vectors });
    expect(report).toMatchObject({ verdict: 'not run', reason: 'no GPU', checks: 0, clauses: [] });
    expect(closed).toEqual([]);
  });

  it('closes the backend when the run ends, early or not', async () => {
    let closed = 0;
    const close = () => {
      closed += 1;
    };
    const backend: Backend = { ...honest, close };
    await conformanceReport(backend, { vectors, clauses: ['values.tiny'] });
    for await (const event of runConformance(backend, { vectors })) if (event.type === 'check') break;
    expect(closed).toBe(2);
  });

  it.each([
    ['a throw', () => Promise.reject(new TypeError('no kernel')), 'threw TypeError: no kernel'],
    ['no gradient', (call) => ({ value: evaluate(call).value }), 'grad is an array of 0, not an array of'],
    ['too few values', (call) => ({ ...evaluate(call), value: [1] }), 'value is an array of 1, not an array of'],
    ['one value for many', (call) => ({ ...evaluate(call), value: 1 }), 'value is 1, not an array of'],
  ] satisfies [string, Backend['evaluate'], string][])('takes %s for a failure', async (_, wrong, message) => {
    const report = await conformanceReport({ ...honest, evaluate: wrong }, { vectors, clauses: ['values.tiny'] });
    expect(report.verdict).toBe('fails');
    expect(report.failures[0].messages[0]).toContain(message);
  });

  it('rounds no input whose truth it knows', async () => {
    const report = await conformanceReport(rounded('float16'), { vectors, clauses: ['values.huge', 'values.tiny'] });
    expect(report.clauses).toMatchObject([
      { id: 'values.tiny', notApplicable: 0 },
      { id: 'values.huge', checks: 0, failed: 0 },
    ]);
    expect(report.notApplicable).toBeGreaterThan(0);
  });
});

describe('the vectors', () => {
  it('each belong to a clause that says what it promises', () => {
    const clauses = new Set(vectors.flatMap(({ cases }) => cases.map(({ clause }) => clause)));
    clauses.delete('bad-options');
    for (const clause of clauses) expect(statementOf(clause), clause).toBeDefined();
  });

  it('have unique ids', () => {
    const ids = vectors.flatMap(({ cases }) => cases.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('spell NaN and the infinities as words', () => {
    const { cases } = parseVectors('{"cases": [{"input": {"logits": ["NaN", "-Infinity", 1]}}]}');
    expect(cases[0].input?.logits).toEqual([Number.NaN, -Infinity, 1]);
  });
});

it('a report is JSON that names what JSON cannot', async () => {
  const lost: Backend['evaluate'] = (call) => ({ ...evaluate(call), grad: call.logits.map(() => Number.NaN) });
  const report = await conformanceReport(
    { ...honest, evaluate: lost },
    { vectors, case: 'sigmoidFocal(gamma=2)/hard/tiny' },
  );
  expect(JSON.parse(toJson({ reports: [report], notLoaded: [] })).reports[0].worst.grad).toMatchObject({
    got: 'NaN',
    error: 'Infinity',
  });
});

describe('random calls', () => {
  it('of a seed are the same each time, and others of another', async () => {
    const seen: number[][] = [];
    for (const seed of [5, 5, 6]) {
      const logits: number[] = [];
      const spy: Backend['evaluate'] = (call) => {
        logits.push(call.logits[0]);
        return evaluate(call);
      };
      const report = await conformanceReport({ ...honest, evaluate: spy }, { vectors, clauses: ['random'], seed });
      expect(report).toMatchObject({ seed, verdict: 'passes' });
      seen.push(logits);
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).not.toEqual(seen[0]);
  });
});

describe('a backend whose fields nobody can read', () => {
  it('is refused with all that is wrong with it', async () => {
    const bad = {
      ...honest,
      dtype: 'float23',
      device: 'tpu',
      largest: 0.5,
      supports: { softmx: false, hess: 'yes', badInput: 'null', losses: ['focal'] },
      evaluate: 3,
      xfail: {},
    } as never;
    await expect(conformanceReport(bad, { vectors })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[Error: "reference float64": dtype is "float23", takes 'float64' or 'float32' or 'float16'; device is "tpu", takes 'cpu' or 'gpu' or 'composed'; largest is 0.5, takes a whole number > 0; evaluate is 3, takes a function; xfail is [object Object], takes an array of expected failures; supports.softmx is false, which is no feature: they are softmax, softLabels, weights, ignoreIndex, normalizer, customLoss, nonfinite, empty, rowTargets, labelSmoothing, axis, classAlpha, broadcastWeights, examples, hess, posterior, losses, badInput; supports.hess is "yes", takes true or false; supports.badInput is "null", takes 'throws' or 'nan'; supports.losses is ["focal"], takes names of factories: sigmoidCrossEntropy, softmaxCrossEntropy, sigmoidFocal, softmaxFocal, sigmoidFocalStar, softmaxFocalStar, sigmoidPoly, softmaxPoly, qualityFocal, varifocal, asymmetric, gaussianFocal, iouAwareCrossEntropy, matchabilityAware, distributionFocal]`,
    );
  });
});
