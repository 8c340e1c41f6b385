/**
 * Calls of the very same arrays and shapes: changed in between, or at the same time with something else beside them. What a caller
 * hands over again may say something else by now.
 *
 * @module
 */
import type { Loss, Part } from '@focal-loss/core';
import type { Call, Numbers } from '../backend.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import { messageOf } from '../messageOf.ts';
import { losses, type Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import type { Check } from './clause.ts';
import { Draw } from './draw.ts';
import { judgeOf } from './randomOptions.ts';

/** What a call is made of, and the loss object that all of its kind have. */
interface Made {
  readonly factory: FamilyFactory;
  readonly options: Readonly<Record<string, unknown>>;
  readonly loss: Loss;
}

/** A backend under test, what is found, and what numbers are drawn from. */
interface Trial {
  readonly subject: Subject;
  readonly finding: Finding;
  readonly draw: Draw;
}

const numbered = (draw: Draw, subject: Subject, count: number, from: number, to: number) =>
  draw.numbers(count, () => draw.between(from, to), subject.dtype);

/** Makes a call of these very objects and compares it with the truth of what they say now. */
async function judged(made: Made, input: Input, objects: Partial<Call>, { subject, finding }: Trial, what: string) {
  const judge = judgeOf({ ...made, input }, subject);
  judge(await subject.call(Object.assign(subject.prepare(made.loss, input), objects)), finding);
  if (finding.failed) finding.fail(what);
}

/** One shape object, which says something else in each call. */
async function reshaped(made: Made, trial: Trial): Promise<void> {
  const { subject, draw } = trial;
  const logits = numbered(draw, subject, 12, -4, 4);
  const softmax = made.loss.link === 'softmax';
  const { logits: array } = subject.prepare(made.loss, { logits, targets: [] });
  const shape: number[] = [];
  for (const now of draw.shuffled([
    [6, 2],
    [2, 6],
    [4, 3],
    [3, 4],
  ])) {
    shape.splice(0, 2, ...now);
    const targets = Array.from({ length: softmax ? now[0] : 12 }, () => Math.floor(2 * draw.next()));
    const what = `the shape object of an earlier call says [${now}] now`;
    await judged(made, { logits, targets, shape: now }, { logits: array, shape }, trial, what);
  }
  if (!subject.can('weights') || !subject.can('broadcastWeights') || softmax) return;
  const weights = numbered(draw, subject, 3, 0.5, 4);
  const square = { logits: logits.slice(0, 9), targets: Array.from({ length: 9 }, (_, i) => i % 2), shape: [3, 3] };
  const { weights: own } = subject.prepare(made.loss, { ...square, weights });
  const weightsShape: number[] = [];
  for (const now of [
    [3, 1],
    [1, 3],
    [3, 1],
  ]) {
    weightsShape.splice(0, 2, ...now);
    const what = `the weightsShape object of an earlier call says [${now}] now`;
    await judged(
      made,
      { ...square, weights, weightsShape: now },
      { weights: own as Numbers, weightsShape },
      trial,
      what,
    );
  }
}

/** Arrays that were good get one number that may not be, which has to be seen, and lose it again. */
async function spoilt(made: Made, trial: Trial): Promise<void> {
  const { subject, finding, draw } = trial;
  const softmax = made.loss.link === 'softmax';
  const input = {
    logits: numbered(draw, subject, softmax ? 18 : 6, -4, 4),
    targets: Array.from({ length: 6 }, (_, i) => i % 2),
    ...(subject.can('weights') && { weights: numbered(draw, subject, 6, 0.5, 4) }),
    ...(softmax && { shape: [6, 3] }),
  };
  const call = subject.prepare(made.loss, input);
  await judged(made, input, call, trial, 'before anything was changed');
  for (const field of ['targets', 'weights', 'targets'] as const) {
    const array = call[field];
    if (array === undefined) continue;
    const at = Math.floor(6 * draw.next());
    const kept = array[at];
    array[at] = field === 'weights' ? draw.oneOf(-1, Number.NaN) : draw.oneOf(-1, 7, Number.NaN);
    const told = `${field}[${at}] of an array that was good in the call before was ${array[at]}, and`;
    try {
      const { value } = await subject.call(call);
      if (subject.badInput === 'throws') finding.fail(`${told} the call was answered`);
      else if (!Array.from(losses(value)).some(Number.isNaN)) finding.fail(`${told} gave numbers`);
    } catch (error) {
      if (!messageOf(error).includes(`${field}[${at}]`)) finding.fail(`${told} the error was ${messageOf(error)}`);
    }
    array[at] = kept;
    // Nothing of a call that was refused is left for one that has less.
    const { weights: _, ...less } = input;
    const { logits, targets, shape } = call;
    const arrays = { logits, targets, shape };
    if (!finding.failed) await judged(made, less, arrays, trial, `without weights, after ${field}[${at}] was bad`);
    if (!finding.failed) await judged(made, input, call, trial, `after ${field}[${at}] was bad, and is good again`);
    if (finding.failed) return;
  }
}

/** At the same time the same logits and targets, with other weights and another denominator. */
async function beside(made: Made, { subject, finding, draw }: Trial): Promise<void> {
  const softmax = made.loss.link === 'softmax';
  const input: Input = {
    logits: numbered(draw, subject, softmax ? 27 : 9, -4, 4),
    targets: Array.from({ length: 9 }, (_, i) => i % 2),
    shape: softmax ? [9, 3] : [3, 3],
  };
  const { logits, targets, shape } = subject.prepare(made.loss, input);
  const weights = () => ({ weights: numbered(draw, subject, 9, 0.5, 4) });
  const row = { weights: numbered(draw, subject, 3, 0.5, 4) };
  const changes: Partial<Input>[] = [{}];
  if (subject.can('normalizer')) changes.push({ normalizer: 2.5 }, { normalizer: 40 });
  if (subject.can('weights')) changes.push(weights(), weights());
  if (subject.can('broadcastWeights') && !softmax) {
    changes.push({ ...row, weightsShape: [1, 3] }, { ...row, weightsShape: [3, 1] });
  }
  const inputs = draw.shuffled(changes).map((change) => ({ ...input, ...change }));
  const answers = await Promise.all(
    inputs.map((own) => subject.call(Object.assign(subject.prepare(made.loss, own), { logits, targets, shape }))),
  );
  for (const [k, own] of inputs.entries()) {
    judgeOf({ ...made, input: own }, subject)(answers[k], finding);
    if (finding.failed) {
      const { logits: _, targets: __, ...others } = own;
      return finding.fail(
        `beside calls of the same logits and targets that differ in the rest, with ${JSON.stringify(others)}`,
      );
    }
  }
}

/** Steps of a training: one loss and arrays of one length, in which everything else is another each time. */
async function trained(made: Made, trial: Trial): Promise<void> {
  const { subject, draw } = trial;
  const softmax = made.loss.link === 'softmax';
  const weighted = subject.can('weights') && draw.next() < 0.5;
  const divided = subject.can('normalizer') && made.loss.reduction === 'mean';
  const inputs = Array.from(
    { length: 5 },
    (): Input => ({
      logits: numbered(draw, subject, softmax ? 24 : 8, -4, 4),
      targets: Array.from({ length: 8 }, () => Math.floor(2 * draw.next())),
      shape: softmax ? [8, 3] : [8],
      ...(weighted && { weights: numbered(draw, subject, 8, 0.5, 4) }),
      ...(divided && { normalizer: 10 ** draw.between(0, 2) }),
    }),
  );
  const first = subject.prepare(made.loss, inputs[0]);
  for (const [step, input] of inputs.entries()) {
    const own = subject.prepare(made.loss, input);
    const kept: Partial<Call> = step % 2 === 0 ? {} : { logits: first.logits, targets: first.targets };
    kept.logits?.set(own.logits);
    kept.targets?.set(own.targets);
    await judged(made, input, kept, trial, `step ${step + 1} with one loss and lengths that stay`);
    if (trial.finding.failed) return;
  }
}

/** An answer is the caller's: scaled in place, as an optimizer does, it is in no later answer, and no input was in it. */
async function handedOver(made: Made, trial: Trial): Promise<void> {
  const { subject, finding, draw } = trial;
  const softmax = made.loss.link === 'softmax';
  const input: Input = {
    logits: numbered(draw, subject, softmax ? 27 : 9, -4, 4),
    targets: Array.from({ length: 9 }, (_, i) => i % 2),
    shape: softmax ? [9, 3] : [9],
    ...(subject.can('weights') && { weights: numbered(draw, subject, 9, 0.5, 4) }),
  };
  const parts: readonly (readonly Part[])[] = [['value', 'grad'], ...(subject.can('hess') ? [hessian] : [])];
  for (const wants of parts) {
    const call = subject.prepare(made.loss, input, wants);
    for (const after of ['', ' after the answer before was scaled in place']) {
      const answer = await subject.rawCall(call);
      judgeOf({ ...made, input }, subject, wants.includes('hess') ? 2 : 1)(answer, finding, wants);
      if (finding.failed) return finding.fail(`the same call${after}`);
      for (const part of wants) {
        const numbers = answer[part];
        if (ArrayBuffer.isView(numbers)) scaled(numbers as Numbers);
      }
    }
  }
}

const hessian: readonly Part[] = ['value', 'grad', 'hess'];

function scaled(numbers: Numbers): void {
  for (let i = 0; i < numbers.length; i++) numbers[i] *= -0.5;
}

const ofFactory = (name: 'sigmoidFocal' | 'softmaxFocal', i: number): Check => ({
  id: `random.sequences/same-objects-${name}`,
  needs: [`loss:${name}`, ...(name === 'softmaxFocal' ? (['softmax'] as const) : [])],
  async run(subject, finding) {
    const trial = { subject, finding, draw: new Draw(subject.seed + 7919 * (746 + i)) };
    const factory = familyFactories.find((one) => one.name === name) as FamilyFactory;
    const made = (reduction: string): Made => {
      const options = { gamma: 1.5, reduction };
      return { factory, options, loss: factory.make(options) };
    };
    await reshaped(made(subject.can('examples') ? 'example' : 'none'), trial);
    if (!finding.failed) await spoilt(made('none'), trial);
    if (!finding.failed) await beside(made('mean'), trial);
    for (const reduction of ['mean', 'none']) {
      if (!finding.failed) await trained(made(reduction), trial);
      if (!finding.failed) await handedOver(made(reduction), trial);
    }
  },
});

/** Checks of objects that come again. */
export const sameObjects: readonly Check[] = (['sigmoidFocal', 'softmaxFocal'] as const).map(ofFactory);
