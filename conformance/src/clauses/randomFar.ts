/**
 * Calls drawn at random of which one thing or two are far from usual: exponents of 20 and of 1e-7, labels next to 0 and 1, weights and
 * denominators of any size. Whoever clamps, guards with an epsilon or has a fast path for "next to nothing" is right everywhere else.
 *
 * @module
 */
import type { Param } from '@focal-loss/core';
import type { Dtype } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import { round } from '../numbers.ts';
import type { Subject } from '../subject.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnCall, type Wanted } from './drawCall.ts';
import { judged } from './judged.ts';
import { needsOf } from './needs.ts';
import { compared } from './randomOptions.ts';
import type { RandomCall } from './shrink.ts';

/** Calls a check makes; see those of random options. */
const callsOf = ({ device }: Subject) => ({ cpu: 15, composed: 6, gpu: 1 })[device];

/** Moves something of a call far out; nothing where it has no such thing. */
type Way = (call: RandomCall, subject: Subject, draw: Draw) => RandomCall | undefined;

const made = (call: RandomCall, options: object): RandomCall => ({ ...call, options: { ...call.options, ...options } });
const given = (call: RandomCall, input: object): RandomCall => ({ ...call, input: { ...call.input, ...input } });

/** A parameter beyond what vectors and other draws have: far from the least it may be, or next to it. */
function farParam({ min, max, exclusive }: Param, draw: Draw, isLarge: boolean): number {
  if (min === undefined) return draw.oneOf(-1, 1) * draw.between(5, 80);
  const tiny = 10 ** -draw.between(3, 9);
  if (max !== undefined) return isLarge ? min + (max - min) * draw.between(0.7, 0.98) : tiny;
  const large = draw.oneOf(10 ** draw.between(0.9, 1.6), 9 + Math.floor(32 * draw.next()));
  return min < 0 || exclusive || isLarge ? large : tiny;
}

/** One of the parameters, and one end of what it may be, each in turn. */
const paramOf =
  (turn: number): Way =>
  (call, _, draw) => {
    const all = Object.entries(call.factory.member.params).filter(([, { flag }]) => !flag);
    if (all.length === 0) return undefined;
    const [name, of] = all[turn % all.length];
    return made(call, { [name]: farParam(of, draw, Math.floor(turn / all.length) % 2 === 0) });
  };

const param: Way = (call, subject, draw) => paramOf(Math.floor(12 * draw.next()))(call, subject, draw);

const alpha: Way = (call, { dtype }, draw) => {
  // A parameter may be called alpha, too.
  const own = call.factory.hasAlpha ? call.options.alpha : undefined;
  const isSigmoid = call.factory.link === 'sigmoid';
  const most = dtype === 'float16' ? 1 : 4;
  const one = () => (isSigmoid ? draw.share(dtype === 'float16' ? 3 : 12) : 10 ** draw.between(-2 * most, most));
  return own === undefined ? undefined : made(call, { alpha: Array.isArray(own) ? own.map(one) : one() });
};

const smoothing: Way = (call, _, draw) =>
  call.options.labelSmoothing === undefined
    ? undefined
    : made(call, { labelSmoothing: draw.oneOf(10 ** -draw.between(3, 9), 1 - 10 ** -draw.between(1.3, 5)) });

const normalizer: Way = (call, subject, draw) =>
  call.options.reduction === 'mean' && subject.can('normalizer')
    ? given(call, { normalizer: 10 ** (draw.oneOf(-1, 1) * draw.between(2, subject.dtype === 'float16' ? 3 : 8)) })
    : undefined;

const weights: Way = (call, { dtype }, draw) => {
  const { weights: own } = call.input;
  if (own === undefined || dtype === 'float16') return undefined;
  const one = () => draw.oneOf(0, round(10 ** draw.between(-15, 9), dtype));
  return given(call, { weights: own.map(one) });
};

/** The largest number below 1, and how small a label can be. */
const labels: Readonly<Record<Dtype, { readonly below: number; readonly digits: number }>> = {
  float64: { below: 1 - 2 ** -53, digits: 300 },
  float32: { below: 1 - 2 ** -24, digits: 30 },
  float16: { below: 1 - 2 ** -11, digits: 4 },
};

const targets: Way = (call, subject, draw) => {
  const { factory, options, input } = call;
  const { below, digits } = labels[subject.dtype];
  const { targets: own, logits } = input;
  const isIgnored = (y: number) => y === options.ignoreIndex;
  const tiny = () => 10 ** -draw.between(Math.min(6, digits / 2), draw.oneOf(Math.min(digits, 12), digits));
  const near = (y: number) => Math.max(0, Math.round(y) - draw.oneOf(-1, 1) * 10 ** -draw.between(2, 7));
  let one: ((y: number) => number) | undefined;
  if (factory.member.targets === 'place') {
    const last = (input.shape?.at(input.axis ?? -1) ?? 1) - 1;
    one = (y) => Math.min(last, near(y));
  } else if (factory.link === 'sigmoid' ? subject.can('softLabels') : own.length === logits.length) {
    one = () => draw.oneOf(0, 1, tiny(), below);
  }
  if (one === undefined) return undefined;
  const far = own.map((y) => (isIgnored(y) ? y : round((one as (y: number) => number)(y), subject.dtype)));
  // Smoothed, a tiny label is none.
  return given(made(call, { labelSmoothing: undefined }), { targets: far });
};

/** What marks an ignored target, of any size that an index has. */
const ignored: Way = (call, { dtype }, draw) => {
  const { ignoreIndex } = call.options;
  if (ignoreIndex === undefined || dtype === 'float16') return undefined;
  const other = draw.oneOf(-32_768, 65_535, 65_536, -(2 ** 31), 2 ** 24);
  return given(made(call, { ignoreIndex: other }), {
    targets: call.input.targets.map((y) => (y === ignoreIndex ? other : y)),
  });
};

const others = [alpha, smoothing, normalizer, weights, ignored] as const;
const ways: readonly Way[] = [param, param, param, targets, targets, ...others];

/** What is moved first, in turn: a parameter, labels, or another thing. */
function firstWay(turn: number): Way {
  const third = Math.floor(turn / 3);
  return [paramOf(third), targets, others[third % others.length]][turn % 3];
}

/** What is next to a label that counts may count. */
const counted: Wanted = { reduction: 'mean', normalizer: 'positives' };

/** A call with two things of it moved, as far as it has them. */
function farCall(factory: FamilyFactory, subject: Subject, draw: Draw, turn: number): RandomCall {
  let far = drawnCall(factory, subject, draw, turn % 3 === 1 && turn % 2 === 0 ? counted : {});
  for (let moved = 0, tries = 0; moved < 2 && tries < 20; tries++) {
    const way = tries === 0 ? firstWay(turn) : draw.oneOf(...ways);
    const next = way(far, subject, draw);
    if (next === undefined) continue;
    far = next;
    moved++;
  }
  return far;
}

function check(factory: FamilyFactory, seed: number): Check {
  return {
    id: `random.far/${factory.name}`,
    needs: needsOf(factory),
    async run(subject, finding) {
      const draw = new Draw(subject.seed + 7919 * seed);
      for (let call = 0; call < callsOf(subject); call++) {
        const order = subject.can('hess') && call % 4 === 3 ? 2 : 1;
        const alone = order === 1 && subject.device !== 'gpu' && call % 2 === 1;
        await judged(finding, farCall(factory, subject, draw, subject.seed + call), (each, finding) =>
          compared(each, subject, finding, order, alone),
        );
      }
    },
  };
}

/** Every factory, far from usual. Digits are no matter there: what is clamped or left out is wrong in the first of them. */
export const randomFar: Clause = {
  id: 'random.far',
  statement:
    'parameters, labels, weights and denominators may have any size: nothing is clamped, rounded off or guarded',
  against: 'truth',
  allowance: (dtype) => ({ float64: 1e-9, float32: 1e-3, float16: 2 ** -5 })[dtype],
  checks: familyFactories.map((factory, i) => check(factory, 900 + i)),
};
