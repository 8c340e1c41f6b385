/**
 * Mistakes in what surrounds the computation: buffers, races, inputs that should have been refused.
 *
 * @module
 */
import type { Call } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { afterwards, type Saboteur, saboteur, withCall } from './saboteur.ts';

let stale = new Float64Array(0);
let current: Call | undefined;

export const callSaboteurs: readonly Saboteur[] = [
  saboteur(
    'NaN made 0',
    ['nonfinite'],
    afterwards(({ value, grad = [] }) => {
      const tidy = (x: number) => (Number.isNaN(x) ? 0 : x);
      return { value: typeof value === 'number' ? tidy(value) : Array.from(value, tidy), grad: Array.from(grad, tidy) };
    }),
  ),
  saboteur(
    'one output buffer for all calls',
    ['calls.memory', 'calls.concurrent'],
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
    'bad targets clipped into range',
    ['bad-targets'],
    withCall(({ loss, targets, shape }) => {
      const most = loss.link === 'softmax' ? shape[1] - 1 : 1;
      const clip = (y: number) => (y === loss.ignoreIndex ? y : Math.min(Math.max(Math.round(y * 8) / 8, 0), most));
      return { targets: targets.map(clip) };
    }),
  ),
  saboteur('the value alone computed by older code, without α', ['alpha'], (call) =>
    evaluate(call.grad ? call : { ...call, loss: { ...call.loss, alpha: undefined } }),
  ),
  saboteur('weights normalised in place', ['calls.inputs'], (call) => {
    const answer = evaluate(call);
    call.weights?.forEach((w, i, weights) => {
      weights[i] = w / 2;
    });
    return answer;
  }),
];
