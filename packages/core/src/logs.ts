import { fold } from './fold.ts';
import type { Ops } from './ops.ts';

/** A value with the logarithm of its size, which goes on where the value itself has become 0. */
export interface Logged<T> {
  readonly value: T;
  /** log|value|; absent where it is no more than the logarithm of what `value` is. */
  readonly log?: T;
  /** Where it is known: a sum of what has one sign stays a logarithm. */
  readonly sign?: 1 | -1;
  readonly literal?: number;
  readonly negated?: Logged<T>;
}

/** From here on log(softplus(a)) is a: what is missing is e^a/2. */
const TAIL = 40;

/**
 * Values together with their logarithms, as one more algebra over any other: `dual(logs(ops))` gives slopes of which the
 * logarithm is right where they are too small to be numbers. Products are sums, powers products; sums of one sign are
 * formed from the logarithms, others from the values.
 */
export function logs<T>(o: Ops<T>): Ops<Logged<T>> {
  const log = (a: Logged<T>): T => logOf(o, a);
  const signed = (value: T, log: T, sign: 1 | -1 | undefined): Logged<T> =>
    sign === undefined ? { value, log } : { value, log, sign };
  const product = (a: Logged<T>, b: Logged<T>): 1 | -1 | undefined =>
    a.sign === undefined || b.sign === undefined ? undefined : a.sign === b.sign ? 1 : -1;
  const plain = (value: T): Logged<T> => ({ value });
  /** log(e^a + e^b). */
  const logSum = (a: T, b: T): T => {
    const d = o.sub(b, a);
    return o.add(o.max(a, b), o.log1p(o.exp(o.neg(o.abs(d)))));
  };
  const opposite = (sign: 1 | -1 | undefined) => (sign === undefined ? undefined : sign === 1 ? -1 : 1);

  function add(a: Logged<T>, b: Logged<T>): Logged<T> {
    const value = o.add(a.value, b.value);
    if (a.sign === undefined || a.sign !== b.sign) return plain(value);
    return signed(value, logSum(log(a), log(b)), a.sign);
  }
  const neg = (a: Logged<T>): Logged<T> => ({
    value: o.neg(a.value),
    ...(a.log !== undefined && { log: a.log }),
    ...(a.sign !== undefined && { sign: opposite(a.sign) as 1 | -1 }),
  });

  return fold<Logged<T>>({
    tiny: o.tiny,
    constant(value) {
      const sign = value > 0 ? 1 : value < 0 ? -1 : undefined;
      const size = o.constant(Math.log(Math.abs(value)));
      return sign === undefined ? plain(o.constant(value)) : { value: o.constant(value), log: size, sign };
    },
    literal: (a) => a.literal,
    add,
    sub: (a, b) => add(a, neg(b)),
    mul: (a, b) => signed(o.mul(a.value, b.value), o.add(log(a), log(b)), product(a, b)),
    div: (a, b) => signed(o.div(a.value, b.value), o.sub(log(a), log(b)), product(a, b)),
    neg,
    abs: (a) => signed(o.abs(a.value), log(a), 1),
    // Where it is known, a value that has become 0 has one, too.
    sign: (a) => (a.sign === undefined ? plain(o.sign(a.value)) : signed(o.constant(a.sign), o.constant(0), a.sign)),
    max: (a, b) => plain(o.max(a.value, b.value)),
    exp: (a) => signed(o.exp(a.value), a.value, 1),
    log: (a) => plain(o.log(a.value)),
    log1p: (a) => plain(o.log1p(a.value)),
    softplus({ value: a }) {
      const value = o.softplus(a);
      const near = o.add(a, o.constant(TAIL));
      // Where the tail is chosen, the logarithm of what may be 0 is not to be made at all.
      const safe = o.where(near, value, o.constant(1));
      return signed(value, o.where(near, o.log(safe), a), 1);
    },
    sigmoid: ({ value: a }) => signed(o.sigmoid(a), o.neg(o.softplus(o.neg(a))), 1),
    pow: (a, p) => signed(o.pow(a.value, p.value), o.mul(p.value, log(a)), 1),
    affine: (a, x, b) => plain(o.affine(a.value, x.value, b.value)),
    where(test, a, b) {
      const value = o.where(test.value, a.value, b.value);
      if (a.log === undefined && b.log === undefined) return plain(value);
      return signed(value, o.where(test.value, log(a), log(b)), a.sign === b.sign ? a.sign : undefined);
    },
    detach: (a) => ({ ...a, value: o.detach(a.value) }),
  });
}

/** log|a|, of a value of that algebra. */
export const logOf = <T>(o: Ops<T>, { value, log }: Logged<T>): T => log ?? o.log(o.abs(value));
