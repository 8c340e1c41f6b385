import { describe, expect, it } from 'vitest';
import { jet } from '../src/dual.ts';
import { type Foldable, fold, numbers, type Ops, remember, sigmoidFocal } from '../src/index.ts';

interface Value extends Foldable<Value> {
  readonly number: number;
}

/** Numbers whose operations are counted. */
function counting(): { readonly ops: Ops<Value>; readonly count: () => number } {
  let count = 0;
  const raw = Object.fromEntries(
    Object.entries(numbers).map(([name, op]) => [
      name,
      typeof op !== 'function'
        ? op
        : (...args: Value[]) => {
            count++;
            return { number: (op as (...args: number[]) => number)(...args.map((a) => a.number ?? a)) };
          },
    ]),
  );
  const ops = {
    ...raw,
    constant: (literal: number) => ({ number: literal, literal }),
    literal: (a: Value) => a.literal,
  };
  return { ops: fold(ops as unknown as Ops<Value>), count: () => count };
}

describe('remember', () => {
  const loss = sigmoidFocal({ gamma: 2.5 });
  const at = (ops: Ops<Value>) =>
    jet(
      loss.formula,
      ops,
      { gamma: ops.constant(2.5) },
      2,
    )({ number: -1.7 }, { number: 0.3 }).map(({ number }) => number);

  it('computes each thing once, and the same', () => {
    const [plain, remembering] = [counting(), counting()];
    expect(at(remember(remembering.ops))).toEqual(at(plain.ops));
    expect(remembering.count()).toBeLessThan(plain.count());
  });

  it('tells arguments apart: their order, the two zeros, a number from a value', () => {
    const made: unknown[][] = [];
    const { pair, far } = remember({
      far: 3,
      pair: (...args: unknown[]) => {
        made.push(args);
        return {};
      },
    });
    const [a, b] = [{}, {}];
    const calls = [[a, b], [b, a], [a], [0], [-0], [{ literal: 0 }, 1], [Number.NaN]];
    for (const args of [...calls, ...calls]) pair(...args);
    expect(made).toEqual(calls);
    expect(pair(a, b)).toBe(pair(a, b));
    expect(far).toBe(3);
  });
});
