/**
 * What rounding takes from sums and products, as sums and products.
 *
 * @module
 */
import type { Ops } from '@focal-loss/core';

type Sums<T> = Pick<Ops<T>, 'constant' | 'add' | 'sub' | 'mul'>;

/** What rounding took from `sum`, which is a + b (Knuth). */
export function sumLow<T>(o: Sums<T>, a: T, b: T, sum: T): T {
  const back = o.sub(sum, a);
  return o.add(o.sub(a, o.sub(sum, back)), o.sub(b, back));
}

/** What rounding took from `difference`, which is a − b. */
export function differenceLow<T>(o: Sums<T>, a: T, b: T, difference: T): T {
  const back = o.sub(difference, a);
  return o.sub(o.sub(a, o.sub(difference, back)), o.add(b, back));
}

/** What rounding took from `product`, which is a·b (Dekker). */
export function productLow<T>(o: Sums<T>, a: T, b: T, product: T, splitter: number): T {
  const [s, t] = [split(o, a, splitter), split(o, b, splitter)];
  const high = o.sub(o.mul(s.head, t.head), product);
  return o.add(o.add(o.add(high, o.mul(s.head, t.rest)), o.mul(s.rest, t.head)), o.mul(s.rest, t.rest));
}

/** A value in two halves, whose products with other halves are exact (Veltkamp). */
function split<T>(o: Sums<T>, a: T, splitter: number) {
  const c = o.mul(a, o.constant(splitter));
  const head = o.sub(c, o.sub(c, a));
  return { head, rest: o.sub(a, head) };
}
