// The margins of rows, and their losses: between the sums of rows and the derivatives.

/**
 * The margins of `rows` rows, difference − log(sum), to MARGIN, and what float32 lacks of them to MARGIN_LOW. 1 if all are
 * finite.
 */
export function rowMargins(rows: i32): i32 {
  // Less 64 powers of two, so that none is negative.
  const rootHalf = i64x2.splat(0x3be6a09e667f3bcd);
  const powers = i64x2.splat(0x0400000000000000);
  const whole = i64x2.splat(0x4330000000000000);
  const zero = f64x2.splat(4503599627370560);
  let poison = f64x2.splat(0);
  for (let row = 0; row < rows; row += 2) {
    // Counted from √½ on, the bits of the exponent are those of the nearest power of two; the sum is at least 2^−40.
    const sum = v128.load(base + (row << 3), SUM);
    const steps = i64x2.shr_u(i64x2.sub(sum, rootHalf), 52);
    const exponent = f64x2.sub(v128.or(steps, whole), zero);
    const fraction = i64x2.sub(i64x2.add(sum, powers), i64x2.shl(steps, 52));
    const s = f64x2.div(f64x2.sub(fraction, f64x2.splat(1)), f64x2.add(fraction, f64x2.splat(1)));
    const ss = f64x2.mul(s, s);
    // 2·artanh(s), |s| ≤ .172: what is left out is below 1e-12.
    let series = f64x2.splat(2.0 / 13);
    series = f64x2.add(f64x2.splat(2.0 / 11), f64x2.mul(ss, series));
    series = f64x2.add(f64x2.splat(2.0 / 9), f64x2.mul(ss, series));
    series = f64x2.add(f64x2.splat(2.0 / 7), f64x2.mul(ss, series));
    series = f64x2.add(f64x2.splat(2.0 / 5), f64x2.mul(ss, series));
    series = f64x2.add(f64x2.splat(2.0 / 3), f64x2.mul(ss, series));
    series = f64x2.add(f64x2.splat(2), f64x2.mul(ss, series));
    const log = f64x2.add(f64x2.mul(exponent, f64x2.splat(0.6931471805599453)), f64x2.mul(s, series));
    const margin = f64x2.sub(v128.load(base + (row << 3), DIFFERENCE), log);
    const rounded = f32x4.demote_f64x2_zero(margin);
    const wide = f64x2.promote_low_f32x4(rounded);
    v128.store64_lane(base + (row << 2), rounded, 0, MARGIN);
    v128.store64_lane(base + (row << 2), f32x4.demote_f64x2_zero(f64x2.sub(margin, wide)), 0, MARGIN_LOW);
    poison = f64x2.add(poison, f64x2.mul(f64x2.add(wide, sum), f64x2.splat(0)));
  }
  return f64x2.extract_lane(poison, 0) + f64x2.extract_lane(poison, 1) == 0 ? 1 : 0;
}

/** How many of `rows` targets are no background; −1 if one is no class index. */
export function countClasses(rows: i32, classes: f64, background: f64): i32 {
  let good = i64x2.splat(-1);
  let others = i64x2.splat(0);
  const skipped = f64x2.splat(background);
  // The last of an odd number stands for two, of which one does not count.
  store<f64>(base + (rows << 3), load<f64>(base + ((rows - 1) << 3), TARGET), TARGET);
  for (let row = 0; row < rows; row += 2) {
    const target = v128.load(base + (row << 3), TARGET);
    const isInside = v128.and(f64x2.ge(target, f64x2.splat(0)), f64x2.lt(target, f64x2.splat(classes)));
    good = v128.and(good, v128.and(isInside, f64x2.eq(target, f64x2.floor(target))));
    others = i64x2.sub(others, f64x2.ne(target, skipped));
  }
  const twice = (rows & 1) == 1 && load<f64>(base + (rows << 3), TARGET) != background ? 1 : 0;
  return i64x2.all_true(good) ? <i32>(i64x2.extract_lane(others, 0) + i64x2.extract_lane(others, 1)) - twice : -1;
}

/**
 * Losses at ROW_VALUE times FACTOR, to ROW_LOSS; with two parts slopes at SLOPE times SCALE, to ROW_GRAD; with three second derivatives
 * at CURVE times SCALE, to ROW_HESS; all in float64. Returns the sum of the losses; NaN if one of these may have lost digits below
 * float32's least normal number, which a factor, or one of up to `lift` in the formula, lifts.
 */
export function rowResults(rows: i32, lift: f64, parts: i32): f64 {
  let sum = f64x2.splat(0);
  let lost = i64x2.splat(0);
  for (let row = 0; row < rows; row += 2) {
    const factor = v128.load(base + (row << 3), FACTOR);
    const value = f64x2.promote_low_f32x4(v128.load64_zero(base + (row << 2), ROW_VALUE));
    const loss = f64x2.mul(factor, value);
    v128.store(base + (row << 3), loss, ROW_LOSS);
    sum = f64x2.add(sum, loss);
    lost = v128.or(lost, isLost(value, factor, lift));
    if (parts > 1) {
      const scale = v128.load(base + (row << 3), SCALE);
      const slope = f64x2.promote_low_f32x4(v128.load64_zero(base + (row << 2), SLOPE));
      v128.store(base + (row << 3), f64x2.mul(scale, slope), ROW_GRAD);
      lost = v128.or(lost, isLost(slope, scale, lift));
      if (parts > 2) {
        const curve = f64x2.promote_low_f32x4(v128.load64_zero(base + (row << 2), CURVE));
        v128.store(base + (row << 3), f64x2.mul(scale, curve), ROW_HESS);
        lost = v128.or(lost, v128.or(isLost(curve, scale, lift), isFarLost(curve, slope, scale, lift)));
      }
    }
  }
  return v128.any_true(lost) ? NaN : f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

@inline
function isLost(result: v128, factor: v128, lift: f64): v128 {
  const tiny = f64x2.splat(1.1754943508222875e-38 * lift);
  const lifted = f64x2.mul(factor, f64x2.splat(lift));
  const isLifted = v128.and(f64x2.gt(lifted, f64x2.splat(2)), f64x2.lt(f64x2.abs(result), tiny));
  const shows = v128.or(f64x2.ne(result, f64x2.splat(0)), f64x2.gt(lifted, f64x2.splat(4194304)));
  return v128.and(isLifted, shows);
}
