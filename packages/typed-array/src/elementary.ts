/**
 * The two functions every kernel spends its time in, on the range they are needed on. `Math.exp` and `Math.log1p` are
 * calls out of compiled code; these are inlined into the loop. Each is at most 2.5 ulp off. The polynomials are written
 * in pairs (Estrin) because a processor computes the pairs at the same time.
 */

/** e^−a is taken apart into 2^−(k/16) · e^r with |r| ≤ log(2)/32. */
const STEPS = 16;
const STEPS_PER_UNIT = STEPS / Math.LN2;
/** log(2)/16 in two parts, the first with so few digits that its product with any k is exact. */
const STEP_HIGH = 355 / 8192;
const STEP_LOW = -1.326215250341816e-5;
const FRACTIONS = Float64Array.from({ length: STEPS }, (_, k) => 2 ** (-k / STEPS));
/** 2^−k down to 0, which e^−a has become by a = 746. */
const POWERS = Float64Array.from({ length: 1080 }, (_, k) => 2 ** -k);
const END = 746;

/** e^−a for a ≥ 0. NaN for NaN. */
export function expNegative(a: number): number {
  const near = Math.min(a, END);
  const k = (near * STEPS_PER_UNIT + 0.5) | 0;
  const r = k * STEP_HIGH - near + k * STEP_LOW;
  const r2 = r * r;
  const tail = 1 / 2 + r * (1 / 6) + r2 * (1 / 24 + r * (1 / 120) + r2 * (1 / 720 + r * (1 / 5040)));
  const fraction = FRACTIONS[k & (STEPS - 1)];
  return (fraction + fraction * (r + r2 * tail)) * POWERS[k >> 4];
}

/** 1 + e is taken apart into c · (1 + s) with c = 1 + j/32 and |s| ≤ 1/64. */
const PARTS = 32;
const INVERSES = Float64Array.from({ length: PARTS + 1 }, (_, j) => 1 / (1 + j / PARTS));
const LOGS = Float64Array.from({ length: PARTS + 1 }, (_, j) => Math.log1p(j / PARTS));

/** log(1 + e) for e in [0, 1]. NaN for NaN. */
export function log1pUnit(e: number): number {
  const j = (e * PARTS + 0.5) | 0;
  const s = (e - j * (1 / PARTS)) * INVERSES[j];
  const s2 = s * s;
  const tail =
    1 / 2 - s * (1 / 3) + s2 * (1 / 4 - s * (1 / 5) + s2 * (1 / 6 - s * (1 / 7) + s2 * (1 / 8 - s * (1 / 9))));
  return LOGS[j] + (s - s2 * tail);
}
