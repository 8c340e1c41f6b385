/**
 * Losses of one's own, made up at random: what a formula may be put together from, and the factories of such losses.
 *
 * @module
 */
import { defineLoss, type Formula, type Link, type Member, type Ops } from '@focal-loss/core';
import type { FamilyFactory } from '../family.ts';
import type { Subject } from '../subject.ts';
import type { Draw } from './draw.ts';
import type { RandomCall } from './shrink.ts';

/** What a label is worth in a term: not only y and 1 − y, which is all that the family has. */
const ofLabel = ['y', '1-y', 'y*y', 'y*(1-y)'] as const;
const shares = [...ofLabel, 'if y', '1'] as const;
/** Constants that languages print and read in ways of their own: with all digits, a ratio of whole ones, minus a negative one. */
const constants = ['digits', '2/3', 'minus -3/4'] as const;
/**
 * What a term has of its logit. Each is positive, and good for its digits everywhere: no argument of an exponential is large, and none
 * of a logarithm near 1.
 */
const smooth = ['ce+', 'ce-', 'hit', 'miss', 'hit^p', 'miss^p', 'damped'] as const;
const composed = [
  'exp(hit)',
  'exp(-damped)',
  'log(2+ce+)',
  'log1p(ce-)',
  'ce+(miss)',
  'hit(damped)',
  ...constants,
] as const;
/**
 * With a bend or a step, or an exponential of what may be large: for logits of a sigmoid, which are exact. The margin of a row is rounded,
 * and may come to lie on the other side.
 */
const bent = ['1+abs', 'max(x,p)', 'where(x-p)', 'max+log1p'] as const;
/** No slope comes of it. */
const held = ['held hit', 'held ce-'] as const;

type Factor = (typeof smooth | typeof composed | typeof bent | typeof held)[number];

interface Term {
  readonly share: (typeof shares)[number];
  readonly factors: readonly Factor[];
  readonly size: number;
  readonly power: number;
}

/**
 * What the sizes and powers of terms may be called: parameters of the family and options mean nothing here, nor do the words of a
 * language that a formula is written down in.
 */
export const spellings: readonly (readonly [size: string, power: string])[] = [
  ['c', 'p'],
  ['alpha', 'gamma'],
  ['epsilon', 'beta'],
  ['margin', 'gammaNegative'],
  ['k', 'K'],
  ['ignoreIndex', 'labelSmoothing'],
  ['x', 'y'],
  ['select', 'if'],
  ['ε', 'γ'],
];

/** The names of the parameters of the k-th term. */
type Called = (k: number) => { readonly size: string; readonly power: string };

/** A factor at a logit, with the power of its term. */
function factorAt<T>(o: Ops<T>, name: Factor, x: T, power: T): T {
  const one = o.constant(1);
  const [hit, miss] = [() => o.sigmoid(x), () => o.sigmoid(o.neg(x))];
  const [positive, negative] = [() => o.softplus(o.neg(x)), () => o.softplus(x)];
  const damped = () => o.div(negative(), o.add(one, negative()));
  const made: Readonly<Record<Factor, () => T>> = {
    'ce+': positive,
    'ce-': negative,
    hit,
    miss,
    'hit^p': () => o.pow(hit(), power),
    'miss^p': () => o.pow(miss(), power),
    damped,
    'exp(hit)': () => o.exp(hit()),
    'exp(-damped)': () => o.exp(o.neg(damped())),
    'log(2+ce+)': () => o.log(o.add(o.constant(2), positive())),
    'log1p(ce-)': () => o.log1p(negative()),
    'ce+(miss)': () => o.softplus(o.neg(miss())),
    'hit(damped)': () => o.sigmoid(damped()),
    digits: () => o.mul(o.constant(0.0012345678901234567), positive()),
    '2/3': () => o.mul(o.div(o.constant(2), o.constant(3)), hit()),
    'minus -3/4': () => o.sub(hit(), o.constant(-0.75)),
    'max+log1p': () => o.add(o.max(x, o.constant(0)), o.log1p(o.exp(o.neg(o.abs(x))))),
    '1+abs': () => o.add(one, o.abs(x)),
    'max(x,p)': () => o.max(x, power),
    'where(x-p)': () => o.where(o.sub(x, power), o.add(one, hit()), o.exp(miss())),
    'held hit': () => o.detach(hit()),
    'held ce-': () => o.detach(negative()),
  };
  return made[name]();
}

/** c·share(y)·Π factors(x), added up. Each term has parameters of its own. Of labels alike, with what it is from the other side. */
function formulaOf(terms: readonly Term[], called: Called, alike: boolean): Formula {
  return function made<T>(o: Ops<T>, x: T, y: T, params: Readonly<Record<string, T>>): T {
    const rest = o.sub(o.constant(1), y);
    const side = (x: T, y: T, rest: T) =>
      terms
        .map(({ share, factors, size: _, power: __ }, k) => {
          const { size, power } = called(k);
          const shareOf = {
            y: () => y,
            '1-y': () => rest,
            'y*y': () => o.mul(y, y),
            'y*(1-y)': () => o.mul(y, rest),
            'if y': () => o.where(y, o.constant(1), o.constant(0.5)),
          };
          const product = factors
            .map((name) => factorAt(o, name, x, params[power]))
            .reduce((a, b) => o.mul(a, b), params[size]);
          return share === '1' ? product : o.mul(shareOf[share](), product);
        })
        .reduce((a, b) => o.add(a, b));
    return alike ? o.add(side(x, y, rest), side(o.neg(x), rest, y)) : side(x, y, rest);
  };
}

function drawnTerms(draw: Draw, link: Link, plain: boolean): Term[] {
  const all = [...smooth, ...smooth, ...composed, ...held, ...(link === 'sigmoid' ? bent : [])];
  const factors: readonly Factor[] = plain ? [...smooth, ...composed] : all;
  // Now and then more parameters than fit into two vectors of four.
  const count = draw.next() < 0.15 ? draw.oneOf(4, 5, 5) : 1 + Math.floor(draw.next() * 3);
  const share = (k: number) =>
    link === 'softmax' || (plain && k === 0) ? '1' : draw.oneOf(...(plain ? ofLabel : shares));
  return Array.from({ length: count }, (_, k) => ({
    share: share(k),
    // The first term, whose parameters have the plainest names, mostly has a power.
    factors: Array.from({ length: 1 + Math.floor(draw.next() * 2) }, (_, i) =>
      k + i === 0 && draw.next() < 0.6 ? draw.oneOf('hit^p', 'miss^p') : draw.oneOf(...factors),
    ),
    size: draw.between(0.1, 3),
    power: draw.oneOf(0.5, 1, 2, draw.between(0.2, 4)),
  }));
}

const powers = new Set(spellings.map(([, power]) => power));

/**
 * Whether a call takes a root of a probability for which float32 has no normal number. The root is one, which kernels of the family
 * know; operations that each round have nothing left to take it of.
 */
export function takesFarRoot({ factory, input }: RandomCall, { dtype }: Pick<Subject, 'dtype'>): boolean {
  if (dtype === 'float64') return false;
  const { params } = factory.make();
  const hasRoot = Object.entries(params).some(([name, value]) => powers.has(name.replace(/\d+$/, '')) && value < 1);
  return hasRoot && input.logits.some((x) => Math.abs(x) > 40);
}

/**
 * Looks like a factory of the family, and makes one loss with whatever options. Some share their names.
 *
 * @param plain Without bends, and without what chooses by the label, is held, or leaves nothing of a label: there a NaN among logits or
 *   labels need not show.
 * @param spelling What its parameters are called.
 */
export function customFactory(
  draw: Draw,
  link: Link,
  plain = false,
  [ofSize, ofPower] = draw.oneOf(...spellings),
): FamilyFactory {
  const terms = drawnTerms(draw, link, plain);
  const called: Called = (k) => ({ size: `${ofSize}${k || ''}`, power: `${ofPower}${k || ''}` });
  const params = Object.fromEntries(
    terms.flatMap(({ size, power }, k) => [
      [called(k).size, size],
      [called(k).power, power],
    ]),
  );
  const name = draw.oneOf('mine', 'sigmoidFocal', `loss${Math.floor(draw.next() * 1000)}`);
  const alike = link === 'sigmoid' && !plain && draw.next() < 0.3;
  const member = { params: {}, targets: link === 'sigmoid' ? 'label' : 'class' } as unknown as Member;
  const formula = formulaOf(terms, called, alike);
  const make = (options: object = {}) =>
    defineLoss({ name, link, formula, params, ...(alike && { labels: 'alike' as const }), ...options });
  return { name, member, link, hasAlpha: true, make };
}
