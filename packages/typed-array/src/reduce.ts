import { accumulator } from '@focal-loss/core';
import type { Call } from './call.ts';

/**
 * The sum of `n` entries of a lane from `first` on: eight running sums over 128 entries, then those one after the other. No
 * entry passes through more than about thirty additions, and the order never changes.
 */
export function sum(lane: Float64Array, n: number, first = 0): number {
  let total = 0;
  let i = first;
  const last = first + n;
  while (i + 8 <= last) {
    const end = Math.min(i + 128, last - (n % 8));
    let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (; i < end; i += 8) {
      a += lane[i];
      b += lane[i + 1];
      c += lane[i + 2];
      d += lane[i + 3];
      e += lane[i + 4];
      f += lane[i + 5];
      g += lane[i + 6];
      h += lane[i + 7];
    }
    total += a + b + (c + d) + (e + f + (g + h));
  }
  for (; i < last; i++) total += lane[i];
  return total;
}

/** The reduced value, from the sums of the blocks: divided last, as a mean of tiny losses is tinier than float32 goes. */
export function reduce(sums: Iterable<number>, divide: number): number {
  const total = accumulator();
  for (const sum of sums) total.add(sum);
  return divide === 0 ? 0 : total.total() / divide;
}

/** The parts of `n` rows from `first` on that belong to one example each: an example may go over many blocks, or a block over many. */
export function eachExample(
  { perExample, start }: Pick<Call, 'perExample' | 'start'>,
  first: number,
  n: number,
  visit: (from: number, length: number, example: number) => void,
): void {
  for (let from = 0; from < n; ) {
    const row = start + first + from;
    const length = Math.min(perExample - (row % perExample), n - from);
    visit(from, length, Math.floor(row / perExample));
    from += length;
  }
}

/** The sums of the losses in a lane over the parts of {@link eachExample}. */
export function exampleSums(call: Call, lane: Float64Array, first: number, n: number): number[] {
  const sums: number[] = [];
  eachExample(call, first, n, (from, length) => sums.push(sum(lane, length, from)));
  return sums;
}
