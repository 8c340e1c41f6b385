/**
 * e^−a, log(1 + e), powers of sigmoids: what kernels spend their time in, written once for every language they are
 * emitted in. A {@link Recipe} is a function over a small {@link Arithmetic}, as a formula is one over `Ops`; what `T` is,
 * the language decides: the text of an expression (WGSL, GLSL, JavaScript), the name of a vector of four (AssemblyScript),
 * a number (tests).
 *
 * What languages have of their own stays theirs:
 *
 * - **constants** go through `number`, under a name: a language may write the number, or the name of a parameter that holds
 *   it, and hand that parameter on where a recipe is called;
 * - **calls** of another recipe go through `call`: a call of a function written elsewhere, or its statements;
 * - **products and sums** that hardware may round once go through `madd`, polynomials through `polynomial`, for which
 *   {@link horner}, {@link paired} and {@link estrin} are three ways;
 * - **choices** are made by a truth that `less` gives, which may be a mask; both sides are computed;
 * - **bits**: `split`, `whole` and `scaleDown` are said in words; how a language does them is its own.
 *
 * Nothing relies on the order of roundings but `sumLow` and `affineLow`: where a compiler reassociates them to 0, tails
 * are good to 8e-6 in float32 instead of 1e-6.
 *
 * @module
 */
import { type Arithmetic, polynomial, type Recipe, type Whole } from './arithmetic.ts';

export * from './arithmetic.ts';

const recipe = (recipe: Recipe): Recipe => recipe;

/** e^r − 1 for |r| ≤ 1/(2·perUnit). */
export const rise = /* @__PURE__ */ recipe({
  name: 'rise',
  says: 'e^r - 1 for the r that a whole number of steps leaves.',
  takes: ['r'],
  write(o, r) {
    const rr = o.named('rr', o.mul(r, r));
    return o.madd(rr, o.polynomial(r, rr, o.format.exponential), r);
  },
});

/** The r that is left of head + rest without its k steps, negated. */
function remainder<T>(o: Arithmetic<T>, { k }: Whole<T>, head: T): T {
  const high = o.sub(o.mul(k, o.number(o.format.stepHigh, 'stepHigh')), head);
  return o.madd(k, o.number(o.format.stepLow, 'stepLow'), high);
}

export const expNegative = /* @__PURE__ */ recipe({
  name: 'expNegative',
  says: 'e^-a for a ≥ 0, where that is a normal number; below, down to 0.',
  takes: ['a'],
  write(o, a) {
    return o.until(o.number(o.format.end, 'end'), a, (a) => {
      const k = o.whole(a, o.number(o.format.perUnit, 'perUnit'));
      return o.scaleDown(o.call(rise, o.named('r', remainder(o, k, a))), k);
    });
  },
});

export const log1pUnit = /* @__PURE__ */ recipe({
  name: 'log1pUnit',
  says: 'log(1 + e) for e from 0 to 1.',
  takes: ['e'],
  write(o, e) {
    const { logC, s } = o.near1?.(e) ?? { s: e, logC: undefined };
    const ss = o.named('ss', o.mul(s, s));
    const log = o.madd(ss, o.polynomial(s, ss, o.format.logarithm), s);
    return logC === undefined ? log : o.add(logC, log);
  },
});

export const sumLow = /* @__PURE__ */ recipe({
  name: 'sumLow',
  says: 'What rounding took from sum, which is a + b (Knuth).',
  takes: ['a', 'b', 'sum'],
  write(o, a, b, sum) {
    const back = o.named('back', o.sub(sum, a));
    return o.add(o.sub(a, o.sub(sum, back)), o.sub(b, back));
  },
});

export const affineLow = /* @__PURE__ */ recipe({
  name: 'affineLow',
  says: 'What rounding took from u, which is a·(x + xLow) + b. Beyond 2^32, where it matters no more, 0.',
  takes: ['a', 'x', 'xLow', 'b', 'u'],
  write(o, a, x, xLow, b, u) {
    const product = o.named('product', o.mul(a, x));
    const [A, X] = [o.split(a), o.split(x)];
    const heads = o.sub(o.mul(A.head, X.head), product);
    const carried = o.named('carried', o.madd(A.rest, x, o.madd(A.head, X.rest, heads)));
    const lost = o.add(o.madd(a, xLow, carried), o.call(sumLow, product, b, u));
    const lostOfB = o.lost?.(b);
    const all = lostOfB === undefined ? lost : o.add(lost, lostOfB);
    return o.choose(o.less(o.abs(u), o.number(2 ** 32, 'far')), all, o.number(0, 'zero'));
  },
});

/** σ(−v)^p = e^−A with A = p·max(v, 0) + p·log1pE. Near A = 87 half an ulp of A is 4e-6 of the power in float32. */
export const sigmoidPow = /* @__PURE__ */ recipe({
  name: 'sigmoidPow',
  says: `σ(-v)^p = e^-A with A = p·max(v, 0) + p·log1pE, where v carries vLow. The product of the heads is exact, and the
rest joins after the whole steps are gone.`,
  takes: ['v', 'vLow', 'log1pE', 'p'],
  write(o, v, vLow, log1pE, p) {
    const [zero, end] = [o.number(0, 'zero'), o.number(o.format.end, 'end')];
    const u = o.named('u', o.max(v, zero));
    const [U, P] = [o.split(u), o.split(p)];
    const head = o.named('head', o.mul(P.head, U.head));
    const extra = o.named('extra', o.add(log1pE, o.choose(o.less(zero, v), vLow, zero)));
    const rest = o.named('rest', o.madd(p, extra, o.madd(P.head, U.rest, o.mul(P.rest, u))));
    const sum = o.named('sum', o.add(head, rest));
    const k = o.whole(sum, o.number(o.format.perUnit, 'perUnit'));
    const r = o.named('r', o.sub(remainder(o, k, head), rest));
    // Beyond the end r means nothing.
    return o.choose(o.less(sum, end), o.scaleDown(o.call(rise, r), k), zero);
  },
});

export const exponential = /* @__PURE__ */ recipe({
  name: 'exponential',
  says: 'e^a.',
  takes: ['a'],
  write(o, a) {
    const end = o.number(104, 'least');
    const near = o.named('near', o.max(o.min(a, end), o.neg(end)));
    const whole = o.whole(near, o.number(o.format.perUnit, 'perUnit'));
    const r = o.named('r', o.neg(remainder(o, whole, near)));
    return timesPowerOfTwo(o, o.call(rise, r), whole.k);
  },
});

/** (1 + rise)·2^k in two steps, each a normal number. */
function timesPowerOfTwo<T>(o: Arithmetic<T>, rise: T, k: T): T {
  const half = o.named('halfOfK', o.floor(o.mul(o.number(0.5, 'half'), k)));
  const power = o.add(o.number(1, 'one'), rise);
  return o.mul(o.mul(power, o.powerOfTwo(half)), o.powerOfTwo(o.sub(k, half)));
}

export const atanhTwice = /* @__PURE__ */ recipe({
  name: 'atanhTwice',
  says: 'log((1 + s) / (1 - s)) for |s| ≤ 0.18.',
  takes: ['s'],
  write(o, s) {
    const ss = o.named('ss', o.mul(s, s));
    const twice = o.named('twice', o.add(s, s));
    return o.madd(o.mul(twice, ss), o.polynomial(ss, undefined, ATANH), twice);
  },
});
const atanhSeries = () => polynomial('odd', 1 / 3, 1 / 5, 1 / 7, 1 / 9);
const ATANH = /* @__PURE__ */ atanhSeries();

/** log(fraction) of {@link Arithmetic.fraction}. */
const logOfFraction = <T>(o: Arithmetic<T>, fraction: T): T => {
  const one = o.number(1, 'one');
  return o.call(atanhTwice, o.div(o.sub(fraction, one), o.add(fraction, one)));
};

export const logarithm = /* @__PURE__ */ recipe({
  name: 'logarithm',
  says: 'log(a) for a > 0.',
  takes: ['a'],
  write(o, a) {
    const { exponent, fraction } = o.fraction(a);
    const rest = o.madd(exponent, o.number(o.format.stepLow, 'stepLow'), logOfFraction(o, fraction));
    return o.madd(exponent, o.number(o.format.stepHigh, 'stepHigh'), rest);
  },
});

export const log1p = /* @__PURE__ */ recipe({
  name: 'log1p',
  says: 'log(1 + a), accurate for small a.',
  takes: ['a'],
  write(o, a) {
    const near = o.call(atanhTwice, o.div(a, o.add(o.number(2, 'two'), a)));
    const isNear = o.less(o.abs(a), o.number(0.35, 'smallEnough'));
    return o.choose(isNear, near, o.call(logarithm, o.add(o.number(1, 'one'), a)));
  },
});

export const powerOf = /* @__PURE__ */ recipe({
  name: 'powerOf',
  says: 'a^p for a ≥ 0 and p ≥ 0. p·log2(a) is formed in two parts: where it is near 126, half an ulp of it is 4e-6.',
  takes: ['a', 'p'],
  write(o, a, p) {
    const [zero, one] = [o.number(0, 'zero'), o.number(1, 'one')];
    const { exponent, fraction } = o.fraction(a);
    const log2 = o.mul(logOfFraction(o, fraction), o.number(Math.LOG2E, 'log2e'));
    const P = o.split(p);
    const head = o.named('head', o.mul(P.head, exponent));
    const rest = o.named('rest', o.madd(P.rest, exponent, o.mul(p, log2)));
    const most = o.number(250, 'most');
    const sum = o.max(o.min(o.add(head, rest), most), o.neg(most));
    const { k } = o.whole(sum);
    const r = o.named('r', o.max(o.min(o.add(o.sub(head, k), rest), one), o.neg(one)));
    const power = timesPowerOfTwo(o, o.call(rise, o.mul(r, o.number(Math.LN2, 'ln2'))), k);
    return o.choose(o.less(zero, a), power, o.choose(o.less(zero, p), zero, one));
  },
});

/** Every recipe, each behind those it calls. The last five are for arguments of any size. */
export const recipes: readonly Recipe[] = [
  ...[rise, expNegative, log1pUnit, sumLow, affineLow, sigmoidPow],
  ...[exponential, atanhTwice, logarithm, log1p, powerOf],
];
