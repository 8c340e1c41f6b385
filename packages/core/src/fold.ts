import { numbers } from './numbers.ts';
import type { Ops } from './ops.ts';

/** What folding knows of a value. */
export interface Foldable<T> {
  /** The number it is known to be while the formula is being written down. */
  readonly literal?: number;
  /** The value it is the negative of. */
  readonly negated?: T;
  /** 1 minus it, where that is known. */
  readonly complement?: T;
}

/**
 * A raw algebra with constants folded: what two numbers make is a number, 0 and 1 leave sums and products, signs are
 * moved out of products and into sums. The one place where that happens, so that every backend computes the same
 * expression. What a hard label leaves of a formula, `1·a + 0·b`, comes out as `a`.
 *
 * @param raw Operations that may take every argument for an unknown. Its values say `literal` and `negated` only where
 *   this wrapper has made them say so.
 */
export function fold<T extends Foldable<T>>(raw: Ops<T>): Ops<T> {
  const constant = (value: number): T => ({ ...raw.constant(value), literal: value });
  const is = (a: T, value: number) => a.literal === value;
  /** An operation on numbers alone is done now. */
  const unary =
    (name: 'sign' | 'exp' | 'log' | 'log1p' | 'softplus' | 'sigmoid', op: (a: T) => T) =>
    (a: T): T =>
      a.literal === undefined ? op(a) : constant(numbers[name](a.literal));
  const known = (...values: readonly T[]) => values.every(({ literal }) => literal !== undefined);

  function neg(a: T): T {
    if (a.literal !== undefined) return constant(-a.literal);
    return a.negated ?? { ...raw.neg(a), negated: a };
  }
  function add(a: T, b: T): T {
    if (a.literal !== undefined && b.literal !== undefined) return constant(a.literal + b.literal);
    if (is(a, 0)) return b;
    if (is(b, 0)) return a;
    if (b.negated) return sub(a, b.negated);
    if (a.negated) return sub(b, a.negated);
    return raw.add(a, b);
  }
  function sub(a: T, b: T): T {
    if (a.literal !== undefined && b.literal !== undefined) return constant(a.literal - b.literal);
    if (is(b, 0)) return a;
    if (is(a, 0)) return neg(b);
    if (is(a, 1) && b.complement) return b.complement;
    if (b.negated) return add(a, b.negated);
    return raw.sub(a, b);
  }
  function mul(a: T, b: T): T {
    if (a.literal !== undefined && b.literal !== undefined) return constant(a.literal * b.literal);
    if (is(a, 0) || is(b, 0)) return constant(0);
    if (is(a, 1)) return b;
    if (is(b, 1)) return a;
    if (is(a, -1)) return neg(b);
    if (is(b, -1)) return neg(a);
    if (a.negated) return neg(mul(a.negated, b));
    if (b.negated) return neg(mul(a, b.negated));
    return raw.mul(a, b);
  }
  function div(a: T, b: T): T {
    if (a.literal !== undefined && b.literal !== undefined) return constant(a.literal / b.literal);
    if (is(a, 0)) return constant(0);
    if (is(b, 1)) return a;
    if (is(b, -1)) return neg(a);
    if (a.negated) return neg(div(a.negated, b));
    return raw.div(a, b);
  }
  function pow(a: T, p: T): T {
    if (is(p, 0)) return constant(1);
    if (is(p, 1)) return a;
    if (a.literal !== undefined && p.literal !== undefined) return constant(a.literal ** p.literal);
    return raw.pow(a, p);
  }
  function affine(a: T, x: T, b: T): T {
    if (is(a, 0)) return b;
    if (is(b, 0)) {
      if (is(a, 1)) return x;
      if (is(a, -1)) return neg(x);
    }
    if (known(a, x, b)) return constant(Number(a.literal) * Number(x.literal) + Number(b.literal));
    return raw.affine(a, x, b);
  }

  return {
    tiny: raw.tiny,
    constant,
    literal: (a) => a.literal,
    add,
    sub,
    mul,
    div,
    neg,
    abs: (a) => (a.literal === undefined ? raw.abs(a.negated ?? a) : constant(Math.abs(a.literal))),
    sign: (a) => (a.negated ? neg(unary('sign', raw.sign)(a.negated)) : unary('sign', raw.sign)(a)),
    max: (a, b) =>
      a.literal !== undefined && b.literal !== undefined ? constant(Math.max(a.literal, b.literal)) : raw.max(a, b),
    exp: unary('exp', raw.exp),
    log: unary('log', raw.log),
    log1p: unary('log1p', raw.log1p),
    softplus: unary('softplus', raw.softplus),
    sigmoid: unary('sigmoid', raw.sigmoid),
    pow,
    affine,
    where(test, a, b) {
      if (test.literal !== undefined) return test.literal > 0 ? a : b;
      if (a === b || (a.literal !== undefined && a.literal === b.literal)) return a;
      return raw.where(test, a, b);
    },
    detach: (a) => (a.literal === undefined ? raw.detach(a) : a),
  };
}
