/** What of the playground needs no page: the state in its address, the reader of logits and labels, shares. */
import { type Backend, runConformance } from '@focal-loss/conformance';
import { sigmoidFocal } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import typedArray from '../site/playground/adapters/typed-array.ts';
import { most, readPairs } from '../site/playground/csv.ts';
import { losses } from '../site/playground/family.ts';
import { sharesOf } from '../site/playground/shares.ts';
import { defaultsOf, format, initial, parse, type State } from '../site/playground/state.ts';
import { remarks, verdict } from '../site/playground/verdict.ts';
import { documents } from './snippets/documents.ts';

const adapters = ['typed-array', 'tfjs', 'webgpu'];
const read = (hash: string) => parse(hash, adapters);

describe('the address', () => {
  it('says only what is not as at the beginning', () => {
    expect(format(initial)).toBe('loss=sigmoidFocal&gamma=2');
    expect(read('')).toEqual(initial);
    expect(read(format(initial))).toEqual(initial);
  });

  it.each(losses.map(({ name }) => name))('brings back every setting of %s', (loss) => {
    const hasAlpha = losses.find(({ name }) => name === loss)?.hasAlpha;
    const state: State = {
      view: 'shares',
      adapter: 'webgpu',
      loss,
      params: Object.fromEntries(
        Object.entries(defaultsOf(loss)).map(([name, value]) => [name, typeof value === 'boolean' ? !value : 0.7]),
      ),
      alpha: hasAlpha ? 0.25 : undefined,
      target: 0.4,
      axis: 'pt',
      ghosts: false,
      point: -3.5,
      of: 'gradient',
      imbalance: 20,
      prior: 0.01,
      seed: 17,
      speed: 16,
    };
    expect(read(format(state))).toEqual(state);
  });

  it('gives no parameter of a loss a name that something else has', () => {
    const taken = Object.keys(initial).filter((name) => name !== 'alpha');
    const parameters = losses.flatMap(({ member }) => Object.keys(member.params));
    expect(parameters.filter((name) => taken.includes(name))).toEqual([]);
    // Of losses with a parameter α, none has the option α too.
    expect(losses.filter(({ member, hasAlpha }) => hasAlpha && 'alpha' in member.params)).toEqual([]);
  });

  it('opens as without one where it makes no sense', () => {
    for (const hash of [
      'loss=nothing',
      'gamma=&view=x',
      'gamma=NaN',
      '%7B',
      '{"loss":',
      '%',
      'numbers',
      'seed=x&prior=7',
    ]) {
      expect(read(hash), hash).toEqual(initial);
    }
    expect(parse('adapter=webgpu', ['typed-array']).adapter).toBe('typed-array');
  });

  it('is understood as guides write it: every word of it is something that can be set', () => {
    const links = documents.flatMap(({ text }) =>
      Array.from(text.matchAll(/\]\(site:playground\.html#([^)]+)\)/g), ([, hash]) => hash),
    );
    expect(links.length).toBeGreaterThan(8);
    for (const hash of links) {
      const state = read(hash);
      const set: Record<string, unknown> = { ...state, ...state.params };
      for (const [name, value] of new URLSearchParams(hash)) expect(String(set[name]), hash).toBe(value);
    }
  });

  it('stays within what the sliders can show', () => {
    expect(read('gamma=1e9&point=-1e9&seed=0.2&alpha=7')).toMatchObject({
      params: { gamma: 5 },
      point: -6,
      seed: 1,
      alpha: 1,
    });
  });

  it('still understands a loss as JSON, as addresses used to be', () => {
    const { reduction: _, ...data } = sigmoidFocal({ gamma: 1.5, alpha: 0.75 }).toJSON();
    expect(read(encodeURIComponent(JSON.stringify(data)))).toMatchObject({
      loss: 'sigmoidFocal',
      params: { gamma: 1.5 },
      alpha: 0.75,
    });
  });
});

describe('logits and labels', () => {
  const pairs = { logits: [-2.5, 3], labels: [0, 1] };

  it.each([
    ['commas', '-2.5,0\n3,1'],
    ['semicolons and quotes', '"-2.5";"0"\r\n"3";"1"\r\n'],
    ['tabs, and lines of nothing', '\n-2.5\t0\n\n3\t1\n\n'],
    ['spaces', ' -2.5  0 \n3 1'],
    ['names', 'logit,label\n-2.5,0\n3,1'],
    [
      'names in another order, among others, behind a byte order mark',
      '\uFEFFid,Label,note,Score\n7,0,a,-2.5\n8,1,b,3',
    ],
    ['exponents', '-25e-1,0e0\n.3e1,1'],
  ])('are read from lines with %s', (_, text) => {
    expect(readPairs(text)).toEqual(pairs);
  });

  it('may be soft', () => {
    expect(readPairs('1,0.25').labels).toEqual([0.25]);
  });

  it.each([
    ['a line with one number', '1,0\n2', /^Line 2, “2”: a line has a logit and a label/],
    ['a word', '1,0\nx,1', /^Line 2, .* “x” is no number/],
    ['an infinity', '1,0\nInfinity,1', /^Line 2, .* “Infinity” is no number/],
    ['a label beyond 1', '1,0\n\n2,3', /^Line 3, .*from 0 to 1, not “3”/],
    ['names it does not know', 'a,b\n1,0', /^Line 1, .*“logit” and “label”/],
    ['nothing', '\n \n', /^There is no line/],
    ['names alone', 'logit,label\n', /^There is no line/],
    ['a picture', '\u0089PNG\u0000\u0001', /^Line 1/],
  ])('are refused with the line at fault: %s', (_, text, message) => {
    expect(() => readPairs(text)).toThrow(message);
  });

  it('are refused where they are too many', () => {
    expect(() => readPairs('1,0\n'.repeat(1001), 1000)).toThrow('More than 1,000 lines');
    expect(most).toBe(1_000_000);
  });
});

describe('shares', () => {
  const anchors = { logits: [-5, -5, 1, 2, 0], targets: [0, 0, 0, 1, -1], ignoreIndex: -1 };

  it('run from the easiest to the hardest, each group to 1, without what is ignored', () => {
    const { negatives, positives, easy, positive } = sharesOf([1, 1, 6, -2, 100], anchors);
    expect(negatives).toEqual([
      [0, 0],
      [1 / 3, 1 / 8],
      [2 / 3, 2 / 8],
      [1, 1],
    ]);
    expect(positives).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(easy).toBeCloseTo(0.2, 12);
    expect(positive).toBeCloseTo(0.2, 12);
  });

  it('are 0 where there is nothing to share', () => {
    expect(sharesOf([0, 0, 0, 0, 0], anchors)).toMatchObject({ easy: 0, positive: 0 });
    expect(sharesOf([], { logits: [], targets: [] }).negatives).toEqual([[0, 0]]);
  });

  it('are a few hundred points however many logits there are', () => {
    const many = { logits: new Array(100_000).fill(0), targets: new Array(100_000).fill(0) };
    expect(sharesOf(new Float32Array(100_000).fill(1), many).negatives.length).toBeLessThan(210);
  });
});

describe('the words about a run of the suite', async () => {
  const { backend } = await typedArray();
  async function reportOf(changed: Partial<Backend>) {
    for await (const event of runConformance({ ...backend, ...changed }, { clauses: ['laws.flip'] })) {
      if (event.type === 'end') return event.report;
    }
    throw new Error('no report');
  }
  const declared = { xfail: [{ clause: 'laws.flip', reason: 'it is a test' }] };
  const wrong: Backend['evaluate'] = async (call) => {
    const answer = await backend.evaluate(call);
    return { ...answer, grad: answer.grad && Array.from(answer.grad, (slope) => (slope > 0 ? 2 * slope : slope)) };
  };

  it('call a pass a pass, and a failure by its check', async () => {
    expect(verdict(await reportOf({}))).toMatch(/ passes: \d+ checks, 0 failed, worst/);
    const failed = await reportOf({ evaluate: wrong });
    expect(verdict(failed)).toMatch(/ fails: \d+ checks, [1-9]\d* failed, worst/);
    expect(remarks(failed)[0]).toMatch(/^Failed: laws\.flip, /);
  });

  it('show a declared failure as such, with its reason', async () => {
    const report = await reportOf({ evaluate: wrong, ...declared });
    expect(verdict(report)).toMatch(/ passes: \d+ checks, 0 failed, [1-9]\d* failed as declared/);
    expect(remarks(report).join()).toMatch(/Failed as declared: .*Reason: it is a test\./);
  });

  it('hold nothing against a backend that is better than it says', async () => {
    const report = await reportOf(declared);
    expect(verdict(report)).toMatch(/ passes more than it declares: .* 0 failed/);
    expect(remarks(report).join()).toContain('Declared to fail, and passed: it is a test.');
  });
});
