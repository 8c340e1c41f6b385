/**
 * What the helpers on float64 look up. Helpers are the functions every kernel spends its time in, on the range they are
 * needed on: `Math.exp` and `Math.log1p` are calls out of compiled code, these are inlined into the loop.
 */

/** e^−a is taken apart into 2^(−k/16) · e^r with |r| ≤ log(2)/32. */
const STEPS = 16;
export const FRACTIONS = Float64Array.from({ length: STEPS }, (_, k) => 2 ** (-k / STEPS));
/** 2^−k down to 0, which e^−a has become by a = 746. */
export const POWERS = Float64Array.from({ length: 1080 }, (_, k) => 2 ** -k);

/** 1 + e is taken apart into c · (1 + s) with c = 1 + j/32 and |s| ≤ 1/64. */
const PARTS = 32;
export const INVERSES = Float64Array.from({ length: PARTS + 1 }, (_, j) => 1 / (1 + j / PARTS));
export const LOGS = Float64Array.from({ length: PARTS + 1 }, (_, j) => Math.log1p(j / PARTS));

/** 2²⁷ + 1 splits a double into two halves whose products are exact (Veltkamp). */
export const SPLITTER = 2 ** 27 + 1;
