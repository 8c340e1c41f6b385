/**
 * Losses of one's own, made up at random: a backend that knows the family by name meets formulas that nobody wrote by hand.
 *
 * @module
 */
import { defineLoss, type Formula, type Link, type Member, type Ops } from '@focal-loss/core';
import { allowances } from '../compare.ts';
import type { FamilyFactory } from '../family.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnCall } from './drawCall.ts';
import { judged } from './judged.ts';
import { compared } from './randomOptions.ts';

/** What a label is worth in a term: not only y and 1 − y, which is all that the family has. */
const shares = ['y', '1-y', 'y*y', 'y*(1-y)', '1'] as const;
/** What a term has of its logit. Each is positive, and good for its digits everywhere. */
const factors = ['ce+', 'ce-', 'hit', 'miss', 'hit^p', 'miss^p', 'damped'] as const;

interface Term {
  readonly share: (typeof shares)[number];
  readonly factors: readonly (typeof factors)[number][];
  readonly size: number;
  readonly power: number;
}

/** What the sizes and powers of terms may be called: parameters of the family mean nothing here. */
const spellings: readonly (readonly [size: string, power: string])[] = [
  ['c', 'p'],
  ['alpha', 'gamma'],
  ['epsilon', 'beta'],
  ['margin', 'gammaNegative'],
];

/** The names of the parameters of the k-th term. */
type Called = (k: number) => { readonly size: string; readonly power: string };

/** c·share(y)·Π factors(x), added up. Each term has parameters of its own. */
const formulaOf = (terms: readonly Term[], called: Called): Formula =>
  function made<T>(o: Ops<T>, x: T, y: T, params: Readonly<Record<string, T>>): T {
    const rest = o.sub(o.constant(1), y);
    const shareOf = { y: () => y, '1-y': () => rest, 'y*y': () => o.mul(y, y), 'y*(1-y)': () => o.mul(y, rest) };
    return terms
      .map(({ share, factors: own }, k) => {
        const factorOf = {
          'ce+': () => o.softplus(o.neg(x)),
          'ce-': () => o.softplus(x),
          hit: () => o.sigmoid(x),
          miss: () => o.sigmoid(o.neg(x)),
          'hit^p': () => o.pow(o.sigmoid(x), params[called(k).power]),
          'miss^p': () => o.pow(o.sigmoid(o.neg(x)), params[called(k).power]),
          damped: () => o.div(o.softplus(x), o.add(o.constant(1), o.softplus(x))),
        };
        const product = own.map((name) => factorOf[name]()).reduce((a, b) => o.mul(a, b), params[called(k).size]);
        return share === '1' ? product : o.mul(shareOf[share](), product);
      })
      .reduce((a, b) => o.add(a, b));
  };

function drawnTerms(draw: Draw, link: Link): Term[] {
  return Array.from({ length: 1 + Math.floor(draw.next() * 3) }, () => ({
    share: link === 'softmax' ? '1' : draw.oneOf(...shares),
    factors: Array.from({ length: 1 + Math.floor(draw.next() * 2) }, () => draw.oneOf(...factors)),
    size: draw.between(0.1, 3),
    power: draw.oneOf(0.5, 1, 2, draw.between(0.2, 4)),
  }));
}

/** Looks like a factory of the family, and makes one loss with whatever options. Some share their names. */
function customFactory(draw: Draw, link: Link): FamilyFactory {
  const terms = drawnTerms(draw, link);
  const [ofSize, ofPower] = draw.oneOf(...spellings);
  const called: Called = (k) => ({ size: `${ofSize}${k || ''}`, power: `${ofPower}${k || ''}` });
  const params = Object.fromEntries(
    terms.flatMap(({ size, power }, k) => [
      [called(k).size, size],
      [called(k).power, power],
    ]),
  );
  const name = draw.oneOf('mine', 'sigmoidFocal', `loss${Math.floor(draw.next() * 1000)}`);
  const member = { params: {}, targets: link === 'sigmoid' ? 'label' : 'class' } as unknown as Member;
  const make = (options: object = {}) =>
    defineLoss({ name, link, formula: formulaOf(terms, called), params, ...options });
  return { name, member, link, hasAlpha: true, make };
}

const check = (link: Link, seed: number): Check => ({
  id: `random.custom/${link}`,
  needs: ['customLoss', ...(link === 'softmax' ? (['softmax'] as const) : [])],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * seed);
    const calls = { cpu: 40, composed: 15, gpu: 3 }[subject.device];
    for (let call = 0; call < calls; call++) {
      const drawn = drawnCall(customFactory(draw, link), subject, draw, call);
      const order = subject.can('hess') && call % 4 === 3 ? 2 : 1;
      const alone = subject.device !== 'gpu' && order === 1;
      await judged(finding, drawn, (each, finding) => compared(each, subject, finding, order, alone));
    }
  },
});

/** Losses that are nobody's. */
export const randomCustom: Clause = {
  id: 'random.custom',
  statement: "losses of one's own, made up at random, with all options at once: any formula, not only the family's",
  against: 'truth',
  allowance: (dtype, device) => 2 * allowances[dtype][device],
  checks: [check('sigmoid', 500), check('softmax', 501)],
};
