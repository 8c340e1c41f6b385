/**
 * What a language has to say for the recipes of `helpers.ts` to be emitted in it.
 *
 * @module
 */

/** A helper function. */
export interface Recipe {
  readonly name: string;
  /** What it computes, in a sentence or two. */
  readonly says: string;
  readonly takes: readonly string[];
  write<T>(o: Arithmetic<T>, ...args: readonly T[]): T;
}

/** A polynomial in x, from the constant on. Its coefficients have the names l2, l3, … if it is called l. */
export interface Polynomial {
  readonly name: string;
  readonly coefficients: readonly number[];
}

/** Numbers that belong to a floating-point format. */
export interface Format {
  /** From here on e^−a is 0. */
  readonly end: number;
  /**
   * e^−a is taken apart into 2^(−k/steps) · e^r: k is the nearest whole number to `perUnit`·a, and 1/perUnit is given in
   * two parts, the first so short that its products with k are exact (Cody & Waite).
   */
  readonly perUnit: number;
  readonly stepHigh: number;
  readonly stepLow: number;
  /** e^r = 1 + r + r²·(x2 + x3·r + …) for |r| ≤ 1/(2·perUnit). */
  readonly exponential: Polynomial;
  /** log(1 + s) = s + s²·(l2 + l3·s + …) for the s that {@link Arithmetic.near1} leaves, or in [0, 1]. */
  readonly logarithm: Polynomial;
}

const like = (format: Format, other: Partial<Format>): Format => ({ ...format, ...other });

export const polynomial = (name: string, ...coefficients: number[]): Polynomial => ({ name, coefficients });

/** float32. Polynomials are minimax: within 3.1e-9 and 4.8e-9. */
export const float32: Format = {
  end: 104,
  perUnit: Math.LOG2E,
  stepHigh: 0.693359375,
  stepLow: -2.1219444e-4,
  exponential: /* @__PURE__ */ polynomial(
    'x',
    0.4999999403953552,
    0.1666652113199234,
    0.04166838899254799,
    0.00836874544620514,
    0.0013814540579915047,
  ),
  logarithm: /* @__PURE__ */ polynomial(
    'l',
    -0.4999990165233612,
    0.3332996368408203,
    -0.24954134225845337,
    0.1967593878507614,
    -0.15305592119693756,
    0.10603653639554977,
    -0.056959524750709534,
    0.019851457327604294,
    -0.0032440240029245615,
  ),
};

/**
 * float32 on graphics processors, which take what is below the normal numbers, 2⁻¹²⁶, for 0: e^−a of it has a k of 127.
 * One term less of the logarithm: within 5.7e-8, half an ulp.
 */
export const float32Flushed: Format = /* @__PURE__ */ like(float32, {
  end: 88,
  logarithm: /* @__PURE__ */ polynomial(
    'l',
    -0.49999648,
    0.33321322,
    -0.24857163,
    0.1915365,
    -0.13753792,
    0.0792044,
    -0.030065707,
    0.005364802,
  ),
});

// In a function, since bundlers take a division for something that may have an effect.
const ofFloat64 = (): Format => ({
  end: 746,
  perUnit: 16 / Math.LN2,
  stepHigh: 355 / 8192,
  stepLow: -1.326215250341816e-5,
  exponential: /* @__PURE__ */ polynomial('x', 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040),
  logarithm: /* @__PURE__ */ polynomial('l', -1 / 2, 1 / 3, -1 / 4, 1 / 5, -1 / 6, 1 / 7, -1 / 8, 1 / 9),
});

/** float64 with tables: sixteen steps to a halving, and log(1 + e) = log(c) + log(1 + s) with c in steps of 1/32. */
export const float64: Format = /* @__PURE__ */ ofFloat64();

/** A whole number as a language came to it: its value, and whatever `scaleDown` wants to know of it. */
export interface Whole<T> {
  readonly k: T;
  readonly mark?: unknown;
}

/** A number in two, head + rest: the head so short that the product of two heads is exact. */
export interface Split<T> {
  readonly head: T;
  readonly rest: T;
}

/** What recipes are written in. */
export interface Arithmetic<T> {
  readonly format: Format;
  /** A constant. The name is unique to its value, within a format. */
  number(value: number, name: string): T;
  /** Gives a value a name, once a recipe: from here on it is used more than once, or worth telling what it is. */
  named(name: string, value: T): T;
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  /** a·b + c, rounded once or twice. */
  madd(a: T, b: T, c: T): T;
  neg(a: T): T;
  abs(a: T): T;
  min(a: T, b: T): T;
  max(a: T, b: T): T;
  /** A truth, false where one of them is NaN: for `choose` alone. */
  less(a: T, b: T): T;
  /** `a` where it holds, else `b`, whatever the other is, NaN too. */
  choose(truth: T, a: T, b: T): T;
  /** The value of a polynomial; `xx` is x², where it is at hand. */
  polynomial(x: T, xx: T | undefined, of: Polynomial): T;
  /**
   * What `power` makes of an `a` below the end, and 0 beyond it: by bringing `a` nearer before, where that gives 0, or by a
   * choice afterwards.
   */
  until(end: T, a: T, power: (a: T) => T): T;
  /**
   * The nearest whole number to a·perUnit, or to a, under a name that it gives it itself. Beyond `Format.end` it may be
   * anything.
   */
  whole(a: T, perUnit?: T): Whole<T>;
  /** (1 + rise) · 2^(−k/steps). What is no normal number may be 0. */
  scaleDown(rise: T, k: Whole<T>): T;
  /** Of a parameter, whose parts do not change, they may lie ready. */
  split(a: T): Split<T>;
  /** What rounding to this format took from a parameter, where a language is given that. */
  lost?(parameter: T): T | undefined;
  /** c and s with 1 + e = c·(1 + s), as log(c) and s; absent if s = e is small enough for the polynomial. */
  near1?(e: T): { readonly logC: T; readonly s: T };
  /** A recipe's result: a call of the function written from it, or `recipe.write(o, …)`. */
  call(recipe: Recipe, ...args: readonly T[]): T;

  // For arguments of any size, in float32. A language that does not need exp, log and powers of them has no use for these.
  floor(a: T): T;
  /** 2^k for a whole k from −126 to 127. */
  powerOfTwo(k: T): T;
  /** A positive normal number as 2^exponent · fraction, √½ ≤ fraction < √2. */
  fraction(a: T): { readonly exponent: T; readonly fraction: T };
}

type Sums<T> = Pick<Arithmetic<T>, 'madd' | 'mul' | 'named'>;

/** c0 + x·(c1 + x·(…)): the fewest operations. */
export const horner = <T>({ madd }: Sums<T>, x: T, coefficients: readonly T[]): T =>
  coefficients.reduceRight((sum, c) => madd(x, sum, c));

/** (c0 + c1·x) + x²·((c2 + c3·x) + …): pairs are computed at the same time. */
export const paired = <T>(o: Sums<T>, x: T, xx: T, coefficients: readonly T[]): T =>
  horner(o, xx, pairs(o, x, coefficients));

/** Pairs of pairs, and so on: the shortest chain. */
export function estrin<T>(o: Sums<T>, x: T, xx: T, coefficients: readonly T[]): T {
  if (coefficients.length === 1) return coefficients[0];
  const half = pairs(o, x, coefficients);
  return half.length === 1 ? half[0] : estrin(o, xx, half.length > 2 ? o.named('xxxx', o.mul(xx, xx)) : xx, half);
}

const pairs = <T>({ madd }: Sums<T>, x: T, coefficients: readonly T[]): T[] =>
  coefficients.flatMap((c, i) =>
    i % 2 === 1 ? [] : i + 1 < coefficients.length ? [madd(x, coefficients[i + 1], c)] : [c],
  );
