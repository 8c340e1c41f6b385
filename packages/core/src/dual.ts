import type { Formula, Ops, Params } from './ops.ts';

/** A value and its derivative with respect to the logit; `null` says that it does not depend on the logit at all. */
export interface Dual<T> {
  readonly value: T;
  readonly tangent: T | null;
  /** The logarithmic derivative, tangent / value, where it is known without the division: σ′/σ is σ(−a)·a′. */
  readonly rate?: T | undefined;
}

/**
 * Forward-mode differentiation as one more algebra: `dual(ops)` computes values and derivatives in any backend, and
 * `dual(dual(ops))` second derivatives.
 *
 * The rules never invent a singularity. In particular `d aᵖ = p·aᵖ·(a′ / max(a, tiny))` stays finite at a = 0 for
 * every p ≥ 0, where the schoolbook `p·aᵖ⁻¹·a′` is ∞·0 for p < 1, the NaN gradient of most focal losses. Where a′/a is
 * known, of a sigmoid above all, there is nothing to divide: `d σ(u)ᵖ = p·σ(u)ᵖ·σ(−u)·u′`.
 */
export function dual<T>(o: Ops<T>): Ops<Dual<T>> {
  const fixed = (value: T): Dual<T> => ({ value, tangent: null });
  const one = o.constant(1);
  const zero = o.constant(0);
  const half = o.constant(0.5);

  /** Tangent arithmetic, in which null is zero and costs nothing. */
  const scale = (factor: T, t: T | null) => (t === null ? null : o.mul(factor, t));
  const plus = (s: T | null, t: T | null) => (s === null ? t : t === null ? s : o.add(s, t));
  const minus = (s: T | null, t: T | null) => (t === null ? s : s === null ? o.neg(t) : o.sub(s, t));
  /** Whether this is 0, and stays 0: what a hard label leaves of the other class. */
  const nothing = ({ value, tangent }: Dual<T>) =>
    o.literal(value) === 0 && (tangent === null || o.literal(tangent) === 0);
  /** f(a) with f′(a) given as a thunk, so that constants cost no derivative. */
  const chain = (value: T, { tangent }: Dual<T>, slope: () => T): Dual<T> =>
    tangent === null ? fixed(value) : { value, tangent: o.mul(slope(), tangent) };

  return {
    tiny: o.tiny,
    constant: (value) => fixed(o.constant(value)),
    literal: (a) => (a.tangent === null ? o.literal(a.value) : undefined),

    add(a, b) {
      if (nothing(a)) return b;
      if (nothing(b)) return a;
      return { value: o.add(a.value, b.value), tangent: plus(a.tangent, b.tangent) };
    },
    sub(a, b) {
      if (nothing(b)) return a;
      return { value: o.sub(a.value, b.value), tangent: minus(a.tangent, b.tangent) };
    },
    neg: (a) => ({ value: o.neg(a.value), tangent: minus(null, a.tangent), rate: a.rate }),
    mul(a, b) {
      const value = o.mul(a.value, b.value);
      // a·(rate·b + b′): a small factor last, so that the sum of what it multiplies does not underflow term by term.
      if (a.tangent !== null && a.rate !== undefined && b.tangent !== null) {
        return { value, tangent: o.mul(a.value, o.add(o.mul(a.rate, b.value), b.tangent)) };
      }
      return {
        value,
        tangent: plus(scale(b.value, a.tangent), scale(a.value, b.tangent)),
        rate: b.tangent === null ? a.rate : a.tangent === null ? b.rate : undefined,
      };
    },
    div(a, b) {
      const value = o.div(a.value, b.value);
      const numerator = a.tangent === null ? null : o.div(a.tangent, b.value);
      const denominator = b.tangent === null ? null : o.div(b.tangent, b.value);
      return { value, tangent: minus(numerator, scale(value, denominator)) };
    },

    abs: (a) => ({ ...chain(o.abs(a.value), a, () => o.sign(a.value)), rate: a.rate }),
    sign: (a) => fixed(o.sign(a.value)),
    max(a, b) {
      const value = o.max(a.value, b.value);
      if (a.tangent === null && b.tangent === null) return fixed(value);
      // 1 where a wins, 0 where b does, and the mean of both slopes at a tie.
      const aWins = o.mul(half, o.add(one, o.sign(o.sub(a.value, b.value))));
      return { value, tangent: plus(scale(aWins, a.tangent), scale(o.sub(one, aWins), b.tangent)) };
    },

    exp(a) {
      const value = o.exp(a.value);
      return chain(value, a, () => value);
    },
    log: (a) => chain(o.log(a.value), a, () => o.div(one, a.value)),
    log1p: (a) => chain(o.log1p(a.value), a, () => o.div(one, o.add(one, a.value))),
    softplus: (a) => chain(o.softplus(a.value), a, () => o.sigmoid(a.value)),
    sigmoid(a) {
      const value = o.sigmoid(a.value);
      if (a.tangent === null) return fixed(value);
      const other = o.sigmoid(o.neg(a.value));
      return { value, tangent: o.mul(o.mul(value, other), a.tangent), rate: o.mul(other, a.tangent) };
    },
    pow(a, p) {
      const value = o.pow(a.value, p.value);
      if (a.tangent === null) return fixed(value);
      const exponent = o.literal(p.value);
      if (exponent === 0) return fixed(value);
      if (a.rate !== undefined) {
        const rate = o.mul(p.value, a.rate);
        return { value, tangent: o.mul(value, rate), rate };
      }
      // A whole exponent has no singularity to avoid, and needs no division.
      const slope =
        exponent !== undefined && Number.isInteger(exponent)
          ? o.mul(p.value, o.mul(o.pow(a.value, o.constant(exponent - 1)), a.tangent))
          : o.mul(o.mul(p.value, value), o.div(a.tangent, o.max(a.value, o.constant(o.tiny))));
      return { value, tangent: slope };
    },
    affine: (a, x, b) => ({
      value: o.affine(a.value, x.value, b.value),
      tangent: plus(plus(scale(a.value, x.tangent), scale(x.value, a.tangent)), b.tangent),
    }),

    where(test, a, b) {
      const known = o.literal(test.value);
      if (known !== undefined) return known > 0 ? a : b;
      const choose = (of: T | null | undefined, or: T | null | undefined) =>
        o.where(test.value, of ?? zero, or ?? zero);
      const value = o.where(test.value, a.value, b.value);
      if (a.tangent === null && b.tangent === null) return fixed(value);
      const rate = a.rate === undefined || b.rate === undefined ? undefined : choose(a.rate, b.rate);
      return { value, tangent: choose(a.tangent, b.tangent), rate };
    },
    detach: (a) => fixed(o.detach(a.value)),
  };
}

/**
 * A formula with its parameters filled in, as a function (x, y) ↦ [f, ∂f/∂x, ∂²f/∂x², …] up to `order`, in the algebra
 * `o`: as many duals, one inside the other.
 */
export function jet<T>(formula: Formula, o: Ops<T>, params: Params<T>, order: number): (x: T, y: T) => T[] {
  if (order === 0) return (x, y) => [formula(o, x, y, params)];
  const inner = dual(o);
  const fixed = (value: T): Dual<T> => ({ value, tangent: null });
  const fixedParams = Object.fromEntries(Object.entries(params).map(([name, p]) => [name, fixed(p)]));
  const at = jet(formula, inner, fixedParams, order - 1);
  const one = o.constant(1);
  return (x, y) => {
    const parts = at({ value: x, tangent: one }, fixed(y));
    return [...parts.map(({ value }) => value), parts[order - 1].tangent ?? o.constant(0)];
  };
}

/** A value and the derivative ∂/∂x there. */
export interface Point<T> {
  readonly value: T;
  readonly derivative: T;
}

/** A formula with its parameters filled in, as a function (x, y) ↦ value and derivative in the algebra `o`. */
export function differentiate<T>(formula: Formula, o: Ops<T>, params: Params<T>): (x: T, y: T) => Point<T> {
  const at = jet(formula, o, params, 1);
  return (x, y) => {
    const [value, derivative] = at(x, y);
    return { value, derivative };
  };
}

/** A formula's value and its derivative ∂/∂x at one point, in the algebra `o`. */
export function valueAndDerivative<T>(formula: Formula, o: Ops<T>, x: T, y: T, params: Params<T>): Point<T> {
  return differentiate(formula, o, params)(x, y);
}

/** The derivative ∂/∂x of a formula, again a formula: `derivative(derivative(focal))` is the second derivative. */
export function derivative<Name extends string>(formula: Formula<Name>): Formula<Name> {
  return (o, x, y, params) => valueAndDerivative(formula as Formula, o, x, y, params).derivative;
}
