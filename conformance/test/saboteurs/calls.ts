/**
 * Mistakes in what surrounds the computation: buffers, races, inputs that should have been refused.
 *
 * @module
 */
import type { Backend, Call } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { afterwards, type Evaluate, mapped, type Open, saboteur, withCall } from './saboteur.ts';

let stale = new Float64Array(0);
let current: Call | undefined;
let calls = 0;

/** Holds a model from the first call on, as runtimes do, and what each call adds to that. */
function holding(perCall: number, freedByClose: boolean): Partial<Backend> & { readonly evaluate: Evaluate } {
  let held = 0;
  return {
    resources: () => held,
    close: () => {
      if (freedByClose) held = 0;
    },
    evaluate(call) {
      held = Math.max(held, 1) + perCall;
      return evaluate(call);
    },
  };
}

const leaking = holding(1, true);
const forgetful = holding(0, false);

/** What is no number. */
export const nonfiniteSaboteurs: readonly Open[] = [
  saboteur(
    'NaN made 0',
    ['nonfinite'],
    afterwards((answer) => mapped(answer, (number) => (Number.isNaN(number) ? 0 : number))),
  ),
  saboteur(
    'infinite logits make NaN: ∞ − ∞',
    ['nonfinite'],
    afterwards((answer, { logits, loss }) => {
      if (loss.reduction !== 'none' || loss.link === 'softmax') return answer;
      const lost = (number: number, i: number) => (Math.abs(logits[i]) === Infinity ? Number.NaN : number);
      const { value, grad = [] } = answer;
      return { value: Array.from(value as ArrayLike<number>, lost), grad: Array.from(grad, lost) };
    }),
  ),
];

/** What is wrong around the computation. */
export const callSaboteurs: readonly Open[] = [
  saboteur(
    'one output buffer for all calls',
    ['calls.concurrent', 'calls.memory'],
    afterwards(({ value, grad = [] }) => {
      if (stale.length < grad.length) stale = new Float64Array(grad.length);
      stale.set(Array.from(grad));
      return { value, grad: stale.subarray(0, grad.length) };
    }),
  ),
  saboteur('two calls at a time mixed up', ['calls.concurrent'], async (call) => {
    current = call;
    await Promise.resolve();
    const { loss, ...input } = current ?? call;
    return evaluate({ ...input, loss });
  }),
  saboteur(
    'the value alone computed by older code, without α',
    ['alpha', 'nonfinite', 'published', 'laws.gradient'],
    (call) => evaluate(call.wants.includes('grad') ? call : { ...call, loss: { ...call.loss, alpha: undefined } }),
  ),
  saboteur('weights normalised in place', ['calls.inputs'], (call) => {
    const answer = evaluate(call);
    call.weights?.forEach((w, i, weights) => {
      weights[i] = w / 2;
    });
    return answer;
  }),
  saboteur(
    'a sum whose order changes from call to call',
    ['calls.repeatable'],
    afterwards((answer, { loss }) => {
      calls += 1;
      const { value } = answer;
      return loss.reduction === 'sum' ? { ...answer, value: (value as number) * (1 + (calls % 3) * 2 ** -52) } : answer;
    }),
  ),
  saboteur('a tensor of every call is never given back', ['calls.leaks'], leaking.evaluate, leaking),
  saboteur('close forgets the model', ['calls.disposal'], forgetful.evaluate, forgetful),
];

/** What should have been refused. */
export const badInputSaboteurs: readonly Open[] = [
  saboteur(
    'bad targets clipped into range',
    ['bad-targets'],
    withCall(({ loss, targets, shape }) => {
      const most = loss.link === 'softmax' ? shape[1] - 1 : 1;
      const whole = (y: number) => (loss.link === 'softmax' ? Math.round(y) : y);
      const clip = (y: number) => (y === loss.ignoreIndex ? y : Math.min(Math.max(whole(y), 0), most));
      return { targets: targets.map(clip) };
    }),
  ),
  saboteur(
    'weights not checked: a negative one loses its sign',
    ['bad-weights'],
    withCall(({ weights }) => (weights === undefined ? {} : { weights: weights.map((w) => Math.abs(w) || 0) })),
  ),
];
