/** Labels next to 0 and 1, and what is no label, beside logits of all sizes, in the engine that takes what float64 cannot hold for an error. */
import { factories, type Loss, reference } from '@focal-loss/core';
import { afterAll, expect, it } from 'vitest';
import backend, { run } from '../conformance/postgres.js';
import { expression, query } from '../src/index.ts';

const LABELS = [0, 5e-324, 1e-310, 2.2e-308, 1e-200, 1e-100, 1e-45, 1e-30, 1e-16, 0.3, 1 - 1e-9, 1 - 1.2e-16, 1];
const BAD = [-5e-324, -2.2e-308, -1e300, 255, 1e300, Number.NaN, Infinity, -Infinity];
const LOGITS = [0, 1e-300, 1, 40, 100, 234, 236, 353, 700, 706, 709, 745, 1e300].flatMap((size) => [size, -size]);
const WEIGHTS = [1, 1e-30, 0.3, 0, 7];
const GAMMAS = [0.5, 2, 6, 12, 20];
const PARTS = ['value', 'grad', 'hess'] as const;
/**
 * How far a result may be off beside 1e-13 of itself, at logits up to 1. Expressions take a label that is less than the exponential of a
 * far logit for 0: it shows in results that are tiny themselves, most at the largest γ for which there is one.
 */
const OFF = { query: 1e-300, expression: 1e-130 };

/** Each label beside each logit, first those that are labels. */
const pairs = [...LABELS, ...BAD].flatMap((y) => LOGITS.map((x) => [x, y] as const));
const good = LABELS.length * LOGITS.length;
type Columns = Record<'id' | 'x' | 'y' | 'w' | 'c', number[]>;
const all: Columns = {
  id: pairs.map((_, i) => i),
  x: pairs.map(([x]) => x),
  y: pairs.map(([, y]) => y),
  w: pairs.map((_, i) => WEIGHTS[i % WEIGHTS.length]),
  c: pairs.map((_, i) => i % 2),
};
/** What a sum is taken of: 10³⁰⁰ would be all of it. */
const summed = all.id.filter((i) => i < good && Math.abs(all.x[i]) < 1e300);
const finite = Object.fromEntries(Object.entries(all).map(([name, list]) => [name, summed.map((i) => list[i])]));

/** The settings of a member in which each power is γ. */
const settings: Record<string, (gamma: number) => object> = {
  qualityFocal: (beta) => ({ beta }),
  focalStar: (gamma) => ({ gamma, beta: gamma - 5 }),
  asymmetric: (gamma) => ({ gammaPositive: gamma, gammaNegative: gamma }),
  gaussianFocal: (gamma) => ({ alpha: gamma, beta: gamma }),
};
const makers = (Object.entries(factories) as unknown as [string, (options?: object) => Loss][]).filter(
  ([, make]) => make().link === 'sigmoid',
);

/** Each sigmoid loss at some γ with what else it takes of the options. */
function* lossesOf(gammas: readonly number[], options: object) {
  for (const [name, make] of makers) {
    const { key } = make();
    const isPlain = key === 'crossEntropy';
    for (const gamma of isPlain ? [0] : gammas) {
      const own = isPlain ? {} : (settings[String(key)]?.(gamma) ?? { gamma });
      const also = Object.entries(options).filter(([option]) => option !== 'alpha' || takesAlpha(make));
      const chosen = { ...own, ...Object.fromEntries(also) };
      yield [`${name} ${JSON.stringify(chosen)}`, (more: object) => make({ ...chosen, ...more })] as const;
    }
  }
}

/** Whether a member is multiplied by an α, which may be a list then: some have none, or one of their own. */
function takesAlpha(make: (options?: object) => Loss): boolean {
  try {
    return make({ alpha: [0.5, 0.5] }).alpha !== undefined;
  } catch {
    return false;
  }
}

/** What is wrong with the losses of single entries. */
async function wrongs(name: string, loss: Loss, more: object): Promise<string[]> {
  const given = { logits: 'x', targets: 'y', dialect: 'postgres', ...more } as const;
  const hasWeights = 'weights' in more;
  const shape = [good / 2, 2];
  const [logits, targets, weights] = [all.x, all.y, all.w].map((list) => list.slice(0, good));
  const expected = reference(loss as Loss<'none'>).valueGradHess(logits, targets, {
    shape,
    ...(hasWeights && { weights }),
  });
  const isSilent = (i: number) => all.y[i] === loss.ignoreIndex || (hasWeights && all.w[i] === 0);
  const wrong: string[] = [];
  for (const part of PARTS) {
    const texts = {
      query: query(loss, { ...given, part, from: 't', keep: ['id'] }),
      expression: `SELECT id, ${expression(loss, { ...given, part })} FROM t`,
    };
    for (const what of ['query', 'expression'] as const) {
      const about = `${name}, ${part}, ${what}`;
      const rows = await run(all, texts[what]).catch(({ message }: Error) => void wrong.push(`${about}: ${message}`));
      for (const [id, own] of (rows ?? []) as number[][]) {
        const [x, y] = pairs[id];
        const right = id < good ? Number((expected[part] as ArrayLike<number>)[id]) : isSilent(id) ? 0 : Number.NaN;
        const most = 1e-13 * Math.abs(right) + OFF[what] * Math.max(1, Math.abs(x));
        const isRight = Number.isNaN(right) ? Number.isNaN(own) : Math.abs(own - right) <= most;
        if (!isRight) wrong.push(`${about}: ${own}, not ${right}, at ${x} and ${y}`);
      }
    }
  }
  return wrong;
}

/** What is wrong with a sum. */
async function wrongSum(name: string, loss: Loss): Promise<string[]> {
  const text = query(loss, { logits: 'x', targets: 'y', weights: 'w', dialect: 'postgres', from: 't' });
  try {
    const own = Number((await run(finite, text))[0][0]);
    const right = Number(reference(loss as Loss<'sum'>).value(finite.x, finite.y, { weights: finite.w }));
    return Math.abs(own - right) <= 1e-12 * Math.abs(right) ? [] : [`${name}, sum: ${own}, not ${right}`];
  } catch (error) {
    return [`${name}, sum: ${(error as Error).message}`];
  }
}

const none = (wrong: readonly string[]) => expect(wrong.length, wrong.slice(0, 20).join('\n')).toBe(0);

it('labels next to 0, and what is none, raise no error in PostgreSQL, whatever the logit and the power', async () => {
  const wrong: string[] = [];
  for (const [name, make] of lossesOf(GAMMAS, {})) {
    wrong.push(...(await wrongs(name, make({ reduction: 'none' }), {})));
  }
  none(wrong);
});

it.each([
  ['α and small weights', { alpha: 0.25 }, { weights: 'w' }],
  ['a list of α', { alpha: [0.25, 0.9] }, { classes: 'c' }],
  ['smoothed labels', { labelSmoothing: 0.1 }, {}],
  ['an ignored label that overflows', { ignoreIndex: 255 }, { weights: 'w' }],
])('nor do they with %s', async (_, options, more) => {
  const wrong: string[] = [];
  for (const [name, make] of lossesOf([1, 12], options)) {
    const { classes, ...rest } = more as { classes?: string };
    const loss = make({ reduction: 'none' });
    wrong.push(...(await wrongs(name, loss, typeof loss.alpha === 'object' ? more : rest)));
  }
  none(wrong);
});

it('nor do sums, which are one expression', async () => {
  const wrong: string[] = [];
  for (const options of [{}, { alpha: 1 }, { labelSmoothing: 0.1 }]) {
    for (const [name, make] of lossesOf(GAMMAS, options)) {
      wrong.push(...(await wrongSum(name, make({ reduction: 'sum' }))));
    }
  }
  // Terms that cancel leave less than either.
  wrong.push(...(await wrongSum('PolyLoss', factories.sigmoidPoly({ epsilon: -1, alpha: 1, reduction: 'sum' }))));
  none(wrong);
});

// Random calls met one once rows were drawn whose logits lie hundreds apart: e^−743 was there, and a third of it was an error.
it('nor does a row of a softmax in which some classes have nearly nothing', async () => {
  const others = [744.4, 744, 743.5, 743, 742, 740, 720, 709, 708, 700];
  for (const [name, make] of Object.entries(factories) as unknown as [string, (options?: object) => Loss][]) {
    const loss = make({ reduction: 'none' });
    if (loss.link === 'sigmoid') continue;
    for (const size of [1, 3, 5]) {
      const row = [...new Array<number>(size).fill(0.5), ...others.map((far) => 0.5 - far)];
      const numbers = (of: (i: number) => number) => row.map((_, i) => of(i));
      const columns = { id: numbers((i) => i), x: row, y: numbers(() => 0), r: numbers(() => 0), k: numbers((i) => i) };
      const truth = reference(loss).valueGradHess(row, [0], { shape: [1, row.length] });
      for (const part of ['grad', 'hess'] as const) {
        const names = { from: 't', logits: 'x', targets: 'y', row: 'r', class: 'k', keep: ['id'] };
        const rows = await run(columns, query(loss, { ...names, part, dialect: 'postgres' }));
        for (const [id, got] of rows as [number, number][]) {
          expect(Math.abs(got - truth[part][id]), `${name}, ${part}`).toBeLessThan(
            1e-13 * Math.abs(truth[part][id]) + 1e-300,
          );
        }
      }
    }
  }
});

afterAll(() => (backend as { close?: () => Promise<void> }).close?.());
