/**
 * Right for what the family has, and for what is no number where it is looked for mostly: formulas that others write, rows of
 * probabilities and masked rows, bad input of members with labels of their own, far back, and by a hair.
 *
 * @module
 */
import type { Loss, Ops } from '@focal-loss/core';
import { type Answer, type Call, everything } from '../../src/index.ts';
import { afterwards, mapped, type Open, saboteur, withCall, withLoss } from './saboteur.ts';

const has = { supports: everything };

const isOwn = ({ key }: Loss) => key === undefined;
const isPosterior = ({ wants }: Call) => wants.includes('posterior');
const isRows = ({ loss, logits, targets }: Call) => loss.link === 'softmax' && targets.length === logits.length;
const classAxis = ({ shape, axis = -1 }: Call) => (axis < 0 ? shape.length + axis : axis);
const isLast = (call: Call) => classAxis(call) === call.shape.length - 1;
const isMasked = ({ logits }: Call) => logits.includes(-Infinity);
/** Numbers of a part, changed where the logit is something. */
const where = (part: ArrayLike<number> | undefined, of: (i: number) => boolean, to: number) =>
  part && Array.from(part as number[], (one, i) => (of(i) ? to : one));

/** The same formula over an algebra of which one operation is another. */
const over = (change: <T>(o: Ops<T>) => Partial<Ops<T>>) => (loss: Loss) =>
  isOwn(loss) ? { formula: ((o, x, y, p) => loss.formula({ ...o, ...change(o) }, x, y, p)) as Loss['formula'] } : {};

/** Targets in range, whatever they were. */
const clipped = ({ loss, targets }: Call) => ({
  targets: targets.map((y) => (y === loss.ignoreIndex ? y : Math.min(Math.max(y, 0), 1) || 0)),
});

export const overlookedOptions: readonly Open[] = [
  saboteur(
    "soft labels of a loss of one's own whose labels are alike are rounded to hard ones",
    ['random.custom'],
    withCall(({ loss, targets }) =>
      isOwn(loss) && loss.labels === 'alike' && loss.labelSmoothing === 0
        ? { targets: targets.map((y) => (y > 0 && y < 1 ? Math.round(y) : y)) }
        : {},
    ),
    has,
  ),
  saboteur(
    "a loss of one's own has room for eight parameters, and the ninth is the first again",
    ['random.custom'],
    withLoss((loss) => {
      const given = Object.entries(loss.params);
      const kept = given.map(([name, value], i) => [name, i < 8 ? value : given[i - 8][1]]);
      return isOwn(loss) ? { params: Object.fromEntries(kept) } : {};
    }),
    has,
  ),
  saboteur(
    'the slope of a logarithm is constant',
    ['random.custom'],
    withLoss(
      over((o) => ({
        log: (a) => o.add(o.detach(o.log(a)), o.div(o.sub(a, o.detach(a)), o.detach(a))),
      })),
    ),
    has,
  ),
  saboteur(
    "what a loss of one's own holds fixed has a slope",
    ['operations.detach', 'random.custom'],
    withLoss(over(() => ({ detach: (a) => a }))),
    has,
  ),
];

export const overlookedNonfinite: readonly Open[] = [
  saboteur(
    'a NaN logit in a row of probabilities is masked instead',
    ['random.nonfinite'],
    withCall((call) =>
      !isPosterior(call) && isRows(call) ? { logits: call.logits.map((x) => (Number.isNaN(x) ? -1e4 : x)) } : {},
    ),
    has,
  ),
  saboteur(
    'second derivatives beside an infinite logit are those of twice the weight',
    ['random.nonfinite'],
    afterwards((answer, { logits, weights }) =>
      answer.hess !== undefined && weights !== undefined && !logits.every(Number.isFinite)
        ? { ...answer, hess: Array.from(answer.hess, (one) => 2 * one) }
        : answer,
    ),
    has,
  ),
  saboteur(
    'a masked class that is not along the last axis has a slope of 1e-3',
    ['random.nonfinite'],
    afterwards((answer, call) =>
      call.loss.link === 'softmax' && answer.grad && !isLast(call) && !isPosterior(call)
        ? { ...answer, grad: where(answer.grad, (i) => call.logits[i] === -Infinity, 1e-3) as number[] }
        : answer,
    ),
    has,
  ),
  saboteur(
    'second derivatives of a row with a masked class are NaN',
    ['random.nonfinite'],
    afterwards((answer, call) =>
      call.loss.link === 'softmax' && answer.hess && isMasked(call)
        ? { ...answer, hess: where(answer.hess, (i) => call.logits[i] === -Infinity, Number.NaN) as number[] }
        : answer,
    ),
    has,
  ),
  saboteur(
    '0 times the infinite loss of a masked class makes a row of probabilities NaN',
    ['random.nonfinite'],
    afterwards((answer, call) =>
      isRows(call) && isMasked(call) && typeof answer.value === 'number' && answer.grad === undefined
        ? { ...answer, value: Number.NaN }
        : answer,
    ),
    has,
  ),
  saboteur(
    'a NaN logit beyond the thousandth row is no class of its row',
    ['random.nonfinite'],
    withCall((call) =>
      call.loss.link === 'softmax' && isLast(call) && !isPosterior(call)
        ? {
            logits: call.logits.map((x, i) =>
              Number.isNaN(x) && i >= 1000 * (call.shape[call.shape.length - 1] ?? 1) ? -1e4 : x,
            ),
          }
        : {},
    ),
    { ...has, largest: 1e5 },
  ),
  saboteur(
    'the posterior of a NaN logit is 0',
    ['random.nonfinite'],
    afterwards((answer: Answer, call) => (isPosterior(call) ? mapped(answer, (one) => one || 0) : answer)),
    has,
  ),
  saboteur(
    "a NaN logit of a loss of one's own is the largest there is",
    ['random.nonfinite'],
    withCall((call) =>
      isOwn(call.loss) && !isPosterior(call) ? { logits: call.logits.map((x) => (Number.isNaN(x) ? 30 : x)) } : {},
    ),
    has,
  ),
];

export const overlookedBadInput: readonly Open[] = [
  saboteur(
    'labels of members that choose by their label are clipped',
    ['random.bad-input'],
    withCall((call) => (!isOwn(call.loss) && call.loss.labels === 'apart' && !isPosterior(call) ? clipped(call) : {})),
    has,
  ),
  saboteur(
    "labels of a loss of one's own are clipped",
    ['random.bad-input'],
    withCall((call) => (isOwn(call.loss) && call.loss.link === 'sigmoid' && !isPosterior(call) ? clipped(call) : {})),
    has,
  ),
  saboteur(
    'class indices are read as words of 32 bits',
    ['random.bad-input'],
    withCall((call) =>
      call.loss.targets === 'class' && !isRows(call) && call.loss.link === 'softmax'
        ? {
            targets: call.targets.map((t) => (t >= 2 ** 32 && t < Infinity ? t % 2 ** 32 : t)),
          }
        : {},
    ),
    has,
  ),
  saboteur(
    'labels that are bad by less than float32 tells are taken',
    ['random.bad-input'],
    withCall(({ loss, targets }) =>
      loss.link === 'sigmoid' ? { targets: targets.map((y) => (y > 1 || y < 0 ? Math.fround(y) : y)) } : {},
    ),
    has,
  ),
  saboteur(
    'weights are looked at in the first 4000 entries',
    ['random.bad-input'],
    withCall(({ weights }) =>
      weights ? { weights: weights.map((w, i) => (i < 4000 || (w >= 0 && w < Infinity) ? w : 1)) } : {},
    ),
    { ...has, largest: 1e5 },
  ),
  saboteur(
    'a weight or a target of −0 is negative',
    ['random.bad-input'],
    withCall(({ weights, targets, loss }) => {
      const bad = (one: number) => (Object.is(one, -0) ? -1 : one);
      return {
        targets: targets.map((y) => (y === loss.ignoreIndex ? y : bad(y))),
        ...(weights && { weights: weights.map(bad) }),
      };
    }),
    has,
  ),
];
