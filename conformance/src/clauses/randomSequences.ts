/**
 * Calls one after the other and at the same time, most of which differ from another one in a single thing: what a backend keeps
 * from one call to the next. Each has a truth of its own.
 *
 * @module
 */
import type { Loss, Part } from '@focal-loss/core';
import { allowances, type Dtype } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import { round } from '../numbers.ts';
import type { CheckedAnswer, Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { copyOf } from './answers.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnCall, type Wanted } from './drawCall.ts';
import { classAxisOf } from './gather.ts';
import { layoutSequences } from './layoutSequences.ts';
import { longSequences } from './longSequences.ts';
import { posteriorSequences } from './posteriorSequences.ts';
import { judgeOf } from './randomOptions.ts';
import { sameObjects } from './sameObjects.ts';
import { sharedArrays } from './sharedArrays.ts';
import { type RandomCall, shorter } from './shrink.ts';

type Judge = ReturnType<typeof judgeOf>;

/** A call of a sequence, what sees whether an answer to it is right, and in what it differs from the call before. */
interface Step {
  readonly call: RandomCall;
  /** The very object that others have whose options are the same. */
  readonly loss: Loss;
  readonly change: string;
  readonly judge: Judge;
}

/** A number moved a little, and still one that may be there, and that the format has. */
const moved = (dtype: Dtype) => (number: number) => (number === 0 ? 0.125 : round(number * 0.75, dtype));

const withNumber = (numbers: readonly number[], at: number, change: (n: number) => number) =>
  numbers.map((one, i) => (i === at ? change(one) : one));

/** The same call with one thing changed, each in turn. */
function* variants(call: RandomCall, dtype: Dtype, draw: Draw): Generator<[string, RandomCall]> {
  const { factory, options, input } = call;
  const { logits, targets, weights, shape = [] } = input;
  const middle = (numbers: readonly number[]) => Math.floor(draw.next() * numbers.length);
  const given = (change: Partial<Input>): RandomCall => ({ factory, options, input: { ...input, ...change } });
  const made = (change: object): RandomCall => ({ factory, options: { ...options, ...change }, input });
  const again = (target: number) => (target === options.ignoreIndex || target > 0 ? 0 : 1);
  yield ['one logit', given({ logits: withNumber(logits, middle(logits), moved(dtype)) })];
  // What a sum of them does not tell.
  const at = middle(logits.slice(1));
  const swapped = logits.map((x, i) => (i === at ? logits[at + 1] : i === at + 1 ? logits[at] : x));
  if (logits.length > 1) yield ['two logits', given({ logits: swapped })];
  yield ['one target', given({ targets: withNumber(targets, middle(targets), again) })];
  if (weights) yield ['one weight', given({ weights: withNumber(weights, middle(weights), moved(dtype)) })];
  const { weights: _, weightsShape: __, ...unweighted } = input;
  if (weights) yield ['no weights', { factory, options, input: unweighted }];
  if (factory.link === 'sigmoid' && typeof options.alpha !== 'object' && !weights && options.reduction !== 'example') {
    yield ['another shape', given({ shape: [shape.reduce((a, b) => a * b, 1)] })];
  }
  // Axes as long as that of the classes: what is kept for one is of the right size for the other.
  const classAxis = classAxisOf(input, shape.length);
  for (const [k, size] of shape.entries()) {
    if (k !== classAxis && size === shape[classAxis]) yield ['the axis', given({ axis: k })];
  }
  for (const [name, value] of Object.entries(options)) {
    const isParam = name in factory.member.params;
    if (isParam && typeof value === 'number') yield [name, made({ [name]: value * 1.003 + 0.001 })];
    if (name === 'alpha') {
      const at = Array.isArray(value) ? middle(value) : 0;
      const other = (a: number) => (a === 0 ? 0.25 : a * 0.997);
      yield [name, made({ alpha: Array.isArray(value) ? withNumber(value, at, other) : Number(value) * 0.997 })];
      yield ['no alpha', made({ alpha: undefined })];
    }
    if (name === 'ignoreIndex') yield [name, made({ ignoreIndex: undefined })];
  }
  yield ['label smoothing', made({ labelSmoothing: options.labelSmoothing === undefined ? 0.1 : undefined })];
  yield ['the reduction', made({ reduction: options.reduction === 'sum' ? 'none' : 'sum', normalizer: undefined })];
  if (options.reduction === 'mean') {
    yield ['the normalizer', made({ normalizer: options.normalizer === 'weights' ? 'count' : 'weights' })];
    yield ["the call's normalizer", given({ normalizer: (input.normalizer ?? 1) * 1.01 })];
  }
  for (const part of shorter({ factory, options, input })) {
    yield ['fewer entries', part];
    break;
  }
}

/** What the calls of a round are divided by: of targets and of weights that may change, or whatever is drawn. */
const divided: readonly Wanted[] = [
  { reduction: 'mean', normalizer: 'positives' },
  {},
  { reduction: 'mean', normalizer: 'weights', weights: 'each' },
];

/** A call and its variants, of those that a backend has and that core takes. */
function stepsOf(factory: FamilyFactory, subject: Subject, draw: Draw, wanted: Wanted): Step[] {
  const first = drawnCall(factory, subject, draw, { ...wanted, spread: 8 });
  const loss = factory.make(first.options);
  const steps: Step[] = [];
  for (const [change, call] of [['nothing', first] as const, ...variants(first, subject.dtype, draw)]) {
    const isProgram = !/entries|logit|target|weight|shape|axis|call's/.test(change);
    if (change === 'the axis' && !subject.can('axis')) continue;
    if (change === 'label smoothing' && !subject.can('labelSmoothing')) continue;
    if (change === "the call's normalizer" && !subject.can('normalizer')) continue;
    if (isProgram && change !== 'nothing' && subject.device === 'gpu') continue;
    try {
      const judge = judgeOf(call, subject, subject.can('hess') ? 2 : 1);
      steps.push({ call, loss: call.options === first.options ? loss : factory.make(call.options), change, judge });
    } catch {
      // Core refuses it: a target that was ignored, an option that goes with no other.
    }
  }
  return steps;
}

/** The call, of the loss of the others or of another that equals it. */
const prepare = (
  { call: { factory, options, input }, loss }: Step,
  subject: Subject,
  wants?: readonly Part[],
  fresh = false,
) => subject.prepare(fresh ? factory.make(options) : loss, input, wants);

/** A call that a backend refuses, or answers with NaN: what it leaves behind must reach no other. */
async function refusal({ call: { input }, loss }: Step, subject: Subject): Promise<void> {
  const targets = input.targets.map((y, i) => (i === input.targets.length - 1 ? -7 : y));
  const call = subject.prepare(loss, { ...input, targets });
  await subject.rawCall(call).catch(() => {});
}

/** What one of them gets wrong, and after which. */
function judged(finding: Finding, step: Step, answer: CheckedAnswer, wants: readonly string[], where: string): void {
  const failedBefore = finding.failed;
  step.judge(answer, finding, wants);
  if (finding.failed && !failedBefore) {
    finding.fail(
      `${where}; of a call that differs from others in ${step.change}: ${JSON.stringify(step.call.factory.make(step.call.options))}`,
    );
  }
}

/** The parts that a call asks for: each is a program of its own, and may keep what others do not. */
function partsFor(subject: Subject, draw: Draw): readonly Part[] {
  const way = draw.next();
  if (way < 0.25) return ['value'];
  return way < 0.5 && subject.can('hess') ? ['value', 'grad', 'hess'] : ['value', 'grad'];
}

async function oneByOne(steps: readonly Step[], subject: Subject, finding: Finding, draw: Draw): Promise<void> {
  const kept: { answer: CheckedAnswer; copy: CheckedAnswer }[] = [];
  let before = 'the first';
  for (const [k, step] of steps.entries()) {
    if (draw.next() < 0.2) await refusal(step, subject);
    const wants = partsFor(subject, draw);
    // The loss of the others, and then one that was never there.
    const answer = await subject.rawCall(prepare(step, subject, wants, k % 2 === 1));
    kept.push({ answer, copy: copyOf(answer) });
    judged(finding, step, answer, wants, `after ${before}`);
    before = `one that differs in ${step.change}`;
    if (finding.failed) return;
  }
  for (const { answer, copy } of kept) {
    const same = (part: 'value' | 'grad' | 'hess') =>
      Object.is(answer[part], copy[part]) || String(answer[part]) === String(copy[part]);
    finding.expect(same('value') && same('grad') && same('hess'), () => 'an answer was changed by later calls');
  }
}

/** The very arrays of a call, filled with the numbers of another. */
async function refilled(steps: readonly Step[], subject: Subject, finding: Finding, draw: Draw): Promise<void> {
  const [first, ...others] = steps;
  for (const other of others) {
    if (!/^one /.test(other.change)) continue;
    const wants = partsFor(subject, draw);
    const call = prepare(first, subject, wants);
    await subject.call(call);
    const { logits, targets, weights } = prepare(other, subject);
    call.logits.set(logits);
    call.targets.set(targets);
    if (weights) call.weights?.set(weights);
    judged(finding, other, await subject.call(call), wants, 'after its arrays had other numbers');
    if (finding.failed) return;
  }
}

async function atOnce(steps: readonly Step[], subject: Subject, finding: Finding, draw: Draw): Promise<void> {
  const wanted = steps.map(() => partsFor(subject, draw));
  const answers = await Promise.all([
    ...steps.map((step, k) => subject.call(prepare(step, subject, wanted[k]))),
    ...steps.slice(0, 2).map((step) => refusal(step, subject)),
  ]);
  steps.forEach((step, k) => {
    judged(finding, step, answers[k] as CheckedAnswer, wanted[k], 'beside others, one of them refused');
  });
}

const check = (name: string, factories: readonly FamilyFactory[], seed: number): Check => ({
  id: `random.sequences/${name}`,
  needs: factories.flatMap((one) => [
    `loss:${one.name}` as const,
    ...(one.link === 'softmax' ? (['softmax'] as const) : []),
  ]),
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * seed);
    const rounds = subject.device === 'cpu' ? 3 : 1;
    for (let round = 0; round < rounds && !finding.failed; round++) {
      const wanted = divided[(subject.seed + seed + round) % divided.length];
      const own = factories.map((factory) => stepsOf(factory, subject, draw, wanted));
      await oneByOne([...draw.shuffled(own.flat()), ...draw.shuffled(own.flat())], subject, finding, draw);
      for (const steps of own) if (!finding.failed) await refilled(steps, subject, finding, draw);
      if (!finding.failed) await atOnce(draw.shuffled(own.flat()), subject, finding, draw);
    }
  },
});

const named = (...names: string[]) => familyFactories.filter(({ name }) => names.includes(name));

/** What calls leave behind. */
export const randomSequences: Clause = {
  id: 'random.sequences',
  statement: 'an answer depends on its call alone: on all of it, and on no call before, beside or after',
  against: 'truth',
  allowance: (dtype, device) => 2 * allowances[dtype][device],
  checks: [
    check('sigmoid', named('sigmoidFocal', 'sigmoidCrossEntropy'), 700),
    check('softmax', named('softmaxFocal', 'softmaxCrossEntropy'), 701),
    check('both', named('sigmoidPoly', 'softmaxFocalStar', 'qualityFocal'), 702),
    ...posteriorSequences,
    ...layoutSequences,
    ...sharedArrays,
    ...sameObjects,
    ...longSequences,
  ],
};
