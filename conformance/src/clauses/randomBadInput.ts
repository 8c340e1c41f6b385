/**
 * Calls drawn at random in which one target or weight is none that may be, or −0, which may. The truth is what core's reference refuses.
 *
 * @module
 */
import { FocalLossError, type Loss, type Part, reference, sigmoidFocal } from '@focal-loss/core';
import { allowances, type Dtype, formats } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import { messageOf } from '../messageOf.ts';
import { round } from '../numbers.ts';
import { losses, type Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { asked } from './asked.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnCall } from './drawCall.ts';
import { isKnown } from './needs.ts';
import { changed, classesOf, isRows, largePlaces, others, placesOfRow, sources, spelledInput } from './noNumbers.ts';
import { compared } from './randomOptions.ts';
import { type RandomCall, spelledCall } from './shrink.ts';

/** What one rounding of a format is worth, next to 1. */
const ulp: Readonly<Record<Dtype, number>> = { float64: 2 ** -52, float32: 2 ** -23, float16: 2 ** -10 };

/** What some integer type takes for a number that may be, and what none has. */
const wrapping = (most: number, draw: Draw) => {
  const seen = Math.floor(draw.next() * (most + 1));
  return [2 ** 8, 2 ** 16, 2 ** 32, -(2 ** 8), -(2 ** 32)].map((turn) => turn + seen);
};

const badWeight = ({ dtype }: Subject, draw: Draw) =>
  round(draw.oneOf(-1, -1e-6, -formats[dtype].tiny, Number.NaN, Infinity, -Infinity), dtype);

/** A share below 0 in a row that adds up to 1, of three classes at least: two have what is missing. */
function withHidden({ options, input }: RandomCall, draw: Draw): Input | undefined {
  const { classes } = classesOf(input);
  if (classes < 3 || options.ignoreIndex === -0.25) return undefined;
  const row = placesOfRow(input, Math.floor((draw.next() * input.targets.length) / classes));
  const targets = Array.from(input.targets);
  for (const at of row) targets[at] = 0;
  draw.shuffled(row).forEach((at, k) => {
    targets[at] = [-0.25, 0.5, 0.75][k] ?? 0;
  });
  return { ...input, targets };
}

/** A call in which one target or weight is a number that none may be. */
function faulty(call: RandomCall, subject: Subject, draw: Draw): Input {
  const { factory, options, input } = call;
  const { dtype } = subject;
  const { targets, weights } = input;
  const rows = isRows(call);
  const hidden = rows && draw.next() < 0.25 ? withHidden(call, draw) : undefined;
  if (hidden) return hidden;
  if (weights !== undefined && draw.next() < 0.4) {
    const at = Math.floor(draw.next() * weights.length);
    return { ...input, weights: changed(weights, at, badWeight(subject, draw)) };
  }
  const most = factory.link === 'softmax' && !rows ? classesOf(input).classes - 1 : 1;
  const fractions = factory.member.targets === 'class' && !rows ? [0.5, most - 0.25, 1 + ulp[dtype]] : [];
  // Nobody may round it off: a hair is what the format still tells apart from the nearest that may be.
  const hairs = [-ulp[dtype], -formats[dtype].tiny, most * (1 + ulp[dtype])];
  const far = [most + 1, most + 0.5, 1e9, -1, -2, Infinity, -Infinity];
  const kind = draw.oneOf([Number.NaN, -0.5], far, far, wrapping(most, draw), hairs, [...hairs, ...fractions]);
  const bad = round(draw.oneOf(...kind), dtype);
  const at = Math.floor(draw.next() * targets.length);
  return { ...input, targets: changed(targets, at, bad === options.ignoreIndex ? -3 : bad) };
}

/** Whether a weight or an α of 0 may meet what is bad: where it makes a NaN, there nothing is left of it. */
const isSilent = ({ alpha }: Loss, { weights = [] }: Input) =>
  weights.includes(0) || [alpha].flat().some((one) => one === 0 || one === 1);

/** What core says is wrong with a call, `targets[7]`; nothing of a weight that meets an ignored entry only. */
function faultOf(loss: Loss, { logits, targets, offset: _, ...options }: Input): string | undefined {
  try {
    reference(loss).value(logits, targets, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof FocalLossError)) throw error;
    return /(targets|weights)\[\d+\]/.exec(error.message)?.[0];
  }
}

/** A call in words, or what is left of one of thousands of numbers. */
const told = (loss: Loss, wants: readonly string[], input: Input) =>
  `${wants.join(' and ')} of ${input.logits.length > 2000 ? `${input.logits.length} logits, ${loss.name}, reduction ${loss.reduction}` : spelledCall(loss, spelledInput(input))}`;

/** The places of the logits that a target belongs to. */
function slopesOf({ link }: Loss, input: Input, at: number): number[] {
  if (link === 'sigmoid') return [at];
  const { classes, inner } = classesOf(input);
  const row = Math.floor(at / (classes * inner)) * inner + (at % inner);
  return placesOfRow(input, input.targets.length === input.logits.length ? row : at);
}

const partsOf = (subject: Subject): readonly (readonly Part[])[] => [
  ['value', 'grad'],
  ['value'],
  ...(subject.can('hess') ? ([['value', 'grad', 'hess']] as const) : []),
];

async function refused(
  subject: Subject,
  finding: Finding,
  loss: Loss,
  input: Input,
  named: string,
  parts = partsOf(subject),
): Promise<void> {
  for (const wants of parts) {
    const tell = (what: string) => finding.fail(`${what}: ${told(loss, wants, input)}`);
    const at = Number(named.split(/[[\]]/)[1]);
    try {
      const { value, grad } = await asked(subject, loss, input, wants, finding);
      if (subject.badInput === 'throws') return tell(`answered instead of an error that names ${named}`);
      const numbers = losses(value);
      // An infinite weight may stay infinite, which nobody takes for a loss.
      const isNone = (one: number) => (named.startsWith('weights') ? !Number.isFinite(one) : Number.isNaN(one));
      if (!Array.from(numbers).some(isNone)) return tell(`${named} gave numbers`);
      if (loss.reduction !== 'none' || named.startsWith('weights')) continue;
      // Which entry it is depends on the axis of a row; that there is one, and not more, does not.
      const spread = Array.from(numbers).filter(Number.isNaN).length;
      if (spread > 1) return tell(`${named} made ${spread} losses NaN`);
      if (wants.length === 1) continue;
      const slopes = slopesOf(loss, input, at).map((i) => grad[i]);
      const slope = slopes.find((one) => !Number.isNaN(one));
      if (slope !== undefined) return tell(`${named} has a slope of ${slope}`);
      const others = Array.from(grad).filter(Number.isNaN).length - slopes.length;
      if (others > 0) return tell(`${named} made ${others} slopes of others NaN`);
    } catch (error) {
      if (!messageOf(error).includes(named)) return tell(`threw ${messageOf(error)}, which does not name ${named}`);
    }
  }
}

/** One target or weight that is none among many, wherever a kernel may have it. */
const large: Check = {
  id: 'random.bad-input/large',
  needs: [],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 630);
    for (const { n, at } of largePlaces(subject, draw)) {
      const loss = sigmoidFocal({ reduction: draw.oneOf('none', 'sum', 'mean') });
      const targets = Array.from({ length: n }, (_, i) => i % 2);
      const input = { logits: Array.from({ length: n }, (_, i) => (i % 17) - 8), targets };
      const bad = { ...input, targets: changed(targets, at, draw.oneOf(-1, 2, 1.5, Number.NaN)) };
      await refused(subject, finding, loss, bad, `targets[${at}]`);
      if (finding.failed) return;
      if (!subject.can('weights')) continue;
      const weights = Array.from({ length: n }, (_, i) => (i === at ? badWeight(subject, draw) : 1 + (i % 3)));
      await refused(subject, finding, loss, { ...input, weights }, `weights[${at}]`, [['value', 'grad']]);
      if (finding.failed) return;
    }
  },
};

/** Draws calls with a fault, and sees that they are refused. */
async function drawnFaults(
  factory: (call: number) => FamilyFactory,
  calls: number,
  draw: Draw,
  subject: Subject,
  finding: Finding,
  parts = partsOf(subject),
): Promise<void> {
  for (let call = 0; call < calls && !finding.failed; call++) {
    const drawn = drawnCall(factory(call), subject, draw);
    const loss = drawn.factory.make(drawn.options);
    const input = faulty(drawn, subject, draw);
    if (subject.badInput === 'nan' && isSilent(loss, input)) continue;
    const named = faultOf(loss, input);
    if (named !== undefined) await refused(subject, finding, loss, input, named, parts);
  }
}

/** A few of every other member: each may have a kernel that looks at labels, or does not. */
const ofOthers: Check = {
  id: 'random.bad-input/others',
  needs: [],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 631);
    const known = others.filter((factory) => isKnown(factory, subject));
    if (known.length === 0) return;
    // A GPU compiles a program for each: it is given two of them, which the seed chooses.
    const slow = subject.device === 'gpu';
    const first = Math.floor(draw.next() * known.length);
    const calls = slow ? 2 : 8 * known.length;
    const parts = slow ? partsOf(subject).slice(0, 1) : partsOf(subject);
    await drawnFaults((call) => known[(first + call) % known.length], calls, draw, subject, finding, parts);
  },
};

/** −0 is 0: whoever tells numbers by their bits refuses what may be. */
const minusZero: Check = {
  id: 'random.bad-input/minus-zero',
  needs: [],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 632);
    const known = familyFactories.filter((factory) => isKnown(factory, subject));
    const first = Math.floor(draw.next() * known.length);
    const isSmall = subject.device === 'gpu';
    for (let call = 0; call < (isSmall ? 1 : 2 * known.length) && !finding.failed; call++) {
      const { factory, options, input } = drawnCall(known[(first + call) % known.length], subject, draw);
      const { targets, weights } = input;
      const signed = (numbers: readonly number[]) =>
        numbers.map((one) => (draw.next() < 0.3 && one !== options.ignoreIndex ? -0 : one === 0 ? -0 : one));
      const given = {
        ...input,
        targets: signed(targets),
        ...(weights && { weights: signed(weights) }),
      };
      await compared({ factory, options, input: given }, subject, finding, 1, !isSmall);
      if (finding.failed) finding.fail(told(factory.make(options), ['value', 'grad'], given));
    }
  },
};

/** What is no number that may be. */
export const randomBadInput: Clause = {
  id: 'random.bad-input',
  statement:
    'a bad target or weight is told, with its index, under all options, at every place, and with every part that is asked for; −0 is none',
  against: 'truth',
  allowance: (dtype, device) => 2 * allowances[dtype][device],
  checks: [
    ...sources.map(
      (source, i): Check => ({
        id: `random.bad-input/${source.name}`,
        needs: source.needs,
        async run(subject, finding) {
          const draw = new Draw(subject.seed + 7919 * (620 + i));
          const slow = source.isCustom && subject.device === 'gpu';
          const parts = slow ? partsOf(subject).slice(0, 1) : partsOf(subject);
          const calls = (slow ? 1 : 4) * source.calls(subject);
          await drawnFaults(() => source.factory(draw), calls, draw, subject, finding, parts);
        },
      }),
    ),
    ofOthers,
    large,
    minusZero,
  ],
};
