import '../bench/relaxed.ts';
import { reference } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { compile, engines } from '../src/index.ts';
import { type AnyCall, anyCalls, narrow } from './calls.ts';

/** The worst difference, relative to the truth or to the largest number beside it; there may be no digits below `tiny`. */
function difference(got: number | ArrayLike<number>, want: number | ArrayLike<number>, tiny: number): number {
  const [gots, wants] = [got, want].map((one) => (typeof one === 'number' ? [one] : Array.from(one)));
  if (gots.length !== wants.length) return Infinity;
  const size = wants.reduce((most, one) => Math.max(most, Math.abs(one)), tiny);
  return wants.reduce((most, one, i) => (one === gots[i] ? most : Math.max(most, Math.abs(gots[i] - one) / size)), 0);
}

/** What core has to say of them, once for all engines. */
const asked = new Map<
  number,
  readonly (AnyCall & { want: ReturnType<ReturnType<typeof reference>['valueGradHess']> })[]
>();
function callsOf(count: number, most: number) {
  const known = asked.get(most);
  if (known !== undefined) return known;
  const calls = Array.from(anyCalls(count, 31 + most, most), (call) => {
    const { loss, logits, targets, options } = call;
    return { ...call, want: reference(loss).valueGradHess(logits, targets, options) };
  });
  asked.set(most, calls);
  return calls;
}

function measure(
  engine: ReturnType<typeof engines>[number],
  dtype: 'float32' | 'float64',
  calls: ReturnType<typeof callsOf>,
) {
  const worst = { value: 0, alone: 0, grad: 0, hess: 0 };
  const at: Record<string, string> = {};
  const tiny = dtype === 'float32' ? 2 ** -126 : 2 ** -1022;
  for (const call of calls) {
    const { loss, targets, options, want } = call;
    const logits = dtype === 'float32' ? Float32Array.from(call.logits) : call.logits;
    const given = { ...options };
    const labels =
      dtype === 'float32' &&
      ((call.hard && loss.targets === 'label') || loss.targets === 'class') &&
      targets.length < logits.length
        ? narrow(call)
        : targets;
    // Losses that are differences have more of an error alone; how much of one, test/random.test.ts knows.
    const share = dtype === 'float32' && /asymmetric|iouAware/.test(loss.name) ? 1e-3 : 1;
    const run = compile(loss, { engine });
    const all = run.valueGradHess(logits, labels, given);
    const two = run.valueAndGrad(logits, labels, given);
    const errors = {
      value: Math.max(difference(two.value, want.value, tiny), difference(all.value, want.value, tiny)),
      alone: difference(run.value(logits, labels, given), want.value, tiny),
      grad: Math.max(difference(two.grad, want.grad, tiny), difference(all.grad, want.grad, tiny)),
      hess: difference(all.hess, want.hess, tiny),
    };
    for (const part of ['value', 'alone', 'grad', 'hess'] as const) {
      if (errors[part] * share <= worst[part]) continue;
      worst[part] = errors[part] * share;
      at[part] = call.text;
    }
  }
  return { worst, at };
}

const cases = [...engines().map((engine) => [engine, 'float32'] as const), ['javascript', 'float64'] as const];

describe.each(cases)('%s, %s: the whole contract, drawn together, against core’s reference', (engine, dtype) => {
  it.each([
    ['small', 400, 5],
    ['blocks', 45, 24],
  ])('%s', { timeout: 240_000 }, (_, count, most) => {
    const { worst, at } = measure(engine, dtype, callsOf(count, most));
    console.log(engine, dtype, worst);
    for (const part of ['value', 'alone', 'grad', 'hess'] as const) {
      expect(worst[part], `${part}: ${at[part]?.slice(0, 3000)}`).toBeLessThan(dtype === 'float32' ? 1e-6 : 1e-13);
    }
  });
});
