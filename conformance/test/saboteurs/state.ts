/**
 * What a backend keeps from one call to the next, and should not, or not under that name.
 *
 * @module
 */
import type { Loss } from '@focal-loss/core';
import { type Answer, type Backend, type Call, everything } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { type Evaluate, type Open, saboteur } from './saboteur.ts';

const has = { supports: everything };

const withLossOf = (call: Call, loss: Loss): Call =>
  Object.defineProperty({ ...call, loss }, 'wants', { value: call.wants }) as Call;

/** Keeps the first loss of each name. */
function compiledBy(name: (loss: Loss) => string): Evaluate {
  const compiled = new Map<string, Loss>();
  return (call) => {
    if (call.loss.key === undefined) return evaluate(call);
    const key = name(call.loss);
    if (!compiled.has(key)) compiled.set(key, call.loss);
    return evaluate(withLossOf(call, compiled.get(key) as Loss));
  };
}

/** Keeps what an array had in it when it was first seen. */
function byIdentity(field: 'logits' | 'targets'): Evaluate {
  const seen = new WeakMap<object, Call[typeof field]>();
  return (call) => {
    if (!seen.has(call[field])) seen.set(call[field], call[field].slice());
    const own = { ...call, [field]: seen.get(call[field]) };
    return evaluate(Object.defineProperty(own, 'wants', { value: call.wants }) as Call);
  };
}

/** What a refused call threw is thrown at all that are under way. */
function refusedTogether(): Evaluate {
  let thrown: unknown;
  let open = 0;
  return async (call) => {
    open += 1;
    try {
      let answer: Answer = {};
      try {
        answer = await evaluate(call);
      } catch (error) {
        thrown = error;
      }
      await Promise.resolve();
      if (thrown !== undefined) throw thrown;
      return answer;
    } finally {
      open -= 1;
      if (open === 0) thrown = undefined;
    }
  };
}

/** Holds on to something of each call that is refused. */
function leakyRefusals(): Partial<Backend> & { readonly evaluate: Evaluate } {
  let held = 0;
  return {
    resources: () => held,
    close: () => {
      held = 0;
    },
    evaluate(call) {
      try {
        return evaluate(call);
      } catch (error) {
        held += 1;
        throw error;
      }
    },
  };
}

const refusals = leakyRefusals();
const buffers = new Map<number, Float64Array>();

export const stateSaboteurs: readonly Open[] = [
  saboteur(
    'compiled losses kept by parameters of two digits',
    ['random.sequences'],
    compiledBy((loss) => JSON.stringify(loss, (_, one) => (typeof one === 'number' ? one.toFixed(2) : one))),
    has,
  ),
  saboteur('logits kept by the identity of their array', ['random.sequences'], byIdentity('logits'), has),
  saboteur('targets kept by the identity of their array', ['random.sequences'], byIdentity('targets'), has),
  saboteur('one gradient buffer for all softmax calls of a length', ['random.sequences', 'calls.memory'], (call) => {
    const answer = evaluate(call);
    if (call.loss.link !== 'softmax' || !answer.grad) return answer;
    const { length } = answer.grad;
    const own = buffers.get(length) ?? new Float64Array(length);
    buffers.set(length, own);
    own.set(Array.from(answer.grad));
    return { ...answer, grad: own };
  }),
  saboteur('a call beside one that is refused is refused, too', ['random.sequences'], refusedTogether()),
  saboteur('refused calls hold on to what they took', ['calls.leaks'], refusals.evaluate, refusals),
];
