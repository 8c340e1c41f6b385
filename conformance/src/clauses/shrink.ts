import { type Latex, type Loss, latex } from '@focal-loss/core';
import type { FamilyFactory } from '../family.ts';
import type { Input } from '../vectors.ts';
import { classAxisOf, gathered } from './gather.ts';

/** A call that was drawn at random, by what it was made of. */
export interface RandomCall {
  readonly factory: FamilyFactory;
  /** Of the loss. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly input: Input;
}

/** Calls a failure may take until it is small. */
const PATIENCE = 80;

/**
 * A call as small and plain as can be found that still fails: options are left out, then weights, then all but a part of each axis,
 * then the digits of numbers. A candidate that cannot be made, or asked, is no smaller one.
 */
export async function shrunk(call: RandomCall, fails: (call: RandomCall) => Promise<boolean>): Promise<RandomCall> {
  let asked = 0;
  for (let best = call; ; ) {
    let next: RandomCall | undefined;
    for (const candidate of simpler(best)) {
      if (asked++ >= PATIENCE) return best;
      if (await fails(candidate).catch(() => false)) {
        next = candidate;
        break;
      }
    }
    if (next === undefined) return best;
    best = next;
  }
}

/** A call as JSON; `--call` takes it if its loss is one of the family. */
export function spelledCall(loss: Loss, input: Input): string {
  if (loss.key !== undefined) return `for --call: ${JSON.stringify({ loss, ...input })}`;
  // A formula is a function: it is told as what it says, and cannot be given to a command.
  const { formula, toJSON: _, ...options } = loss;
  const symbol = (code: string): Latex => ({ code, binding: 3 });
  const params = Object.fromEntries(Object.keys(loss.params).map((name) => [name, symbol(name)]));
  const { code } = formula(latex, symbol('x'), symbol('y'), params);
  return JSON.stringify({ loss: { ...options, formula: code }, ...input });
}

function* simpler(call: RandomCall): Generator<RandomCall> {
  const { options, input } = call;
  for (const name of Object.keys(options)) {
    const { [name]: dropped, ...rest } = options;
    if (name === 'reduction') {
      if (dropped !== 'none') yield { ...call, options: { ...rest, reduction: 'none' } };
    } else if (name === 'ignoreIndex') {
      yield { ...call, options: rest, input: { ...input, targets: input.targets.map((y) => (y === dropped ? 0 : y)) } };
    } else yield { ...call, options: rest };
  }
  if (input.weights !== undefined) yield { ...call, input: withoutWeights(input) };
  for (const name of ['offset', 'normalizer'] as const) {
    const { [name]: dropped, ...rest } = input;
    if (dropped) yield { ...call, input: rest };
  }
  yield* shorter(call);
  const plain = input.logits.map((x) => Math.round(4 * x) / 4);
  if (plain.some((x, i) => x !== input.logits[i])) yield { ...call, input: { ...input, logits: plain } };
}

function withoutWeights({ weights, weightsShape, ...input }: Input): Input {
  return input;
}

/** A half of an axis, or all but its last entry. */
export function* shorter(call: RandomCall): Generator<RandomCall> {
  const { factory, input } = call;
  const shape = input.shape ?? [input.logits.length];
  const hasClasses = factory.link === 'softmax' || Array.isArray(call.options.alpha);
  const classAxis = classAxisOf(input, shape.length);
  for (const [k, size] of shape.entries()) {
    if (size < 2 || (hasClasses && k === classAxis)) continue;
    const half = Math.ceil(size / 2);
    for (const [from, to] of [
      [0, half],
      [half, size],
      [0, size - 1],
    ]) {
      if (to - from === size) continue;
      const places = Array.from({ length: to - from }, (_, i) => from + i);
      yield { ...call, input: gathered(factory.link, input, k, places) };
    }
  }
}
