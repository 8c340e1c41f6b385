// Second derivatives of softmax rows: the last of the steps of sums.ts, with what that leaves in memory.

/**
 * Far from its class a row has a slope and next to no curvature: that is then the probability, which may have lost digits, times
 * the loss and an exponent.
 */
@inline
function isFarLost(curve: v128, slope: v128, factor: v128, lift: f64): v128 {
  const size = f64x2.abs(curve);
  const isFar = f64x2.lt(size, f64x2.mul(f64x2.abs(slope), f64x2.splat(5e-20)));
  const isSmall = f64x2.lt(size, f64x2.splat(1.1754943508222875e-38 * 1024 * lift));
  return v128.and(v128.and(isFar, isSmall), f64x2.gt(f64x2.mul(factor, f64x2.splat(1024 * lift)), f64x2.splat(2)));
}

/**
 * What {@link curves} multiplies by, of second derivatives f″ at ROW_HESS: f″ as float32 to CURVE, for the target, f″ / sum to
 * CURVE_SHARE and 1 / sum to INVERSE, for the exponentials. 1 if one of f″ / sum is above 2; 2 if one is none or next to the end of
 * float32, or has no digits left of an f″ that has.
 */
export function rowCurves(rows: i32): i32 {
  const tiny = f64x2.splat(1.1754943508222875e-38);
  let large = i64x2.splat(0);
  let good = i64x2.splat(-1);
  for (let row = 0; row < rows; row += 2) {
    const curve = v128.load(base + (row << 3), ROW_HESS);
    const sum = v128.load(base + (row << 3), SUM);
    const share = f64x2.div(curve, sum);
    const inverse = f64x2.div(f64x2.splat(1), sum);
    v128.store64_lane(base + (row << 2), f32x4.demote_f64x2_zero(curve), 0, CURVE);
    v128.store64_lane(base + (row << 2), f32x4.demote_f64x2_zero(share), 0, CURVE_SHARE);
    v128.store64_lane(base + (row << 2), f32x4.demote_f64x2_zero(inverse), 0, INVERSE);
    const size = f64x2.abs(share);
    large = v128.or(large, f64x2.gt(size, f64x2.splat(2)));
    const isFaint = v128.and(f64x2.lt(size, tiny), f64x2.ge(f64x2.abs(curve), tiny));
    good = v128.and(good, v128.andnot(f64x2.lt(size, f64x2.splat(1e38)), isFaint));
  }
  return i64x2.all_true(good) ? i32(v128.any_true(large)) : 2;
}

/** What is most of a sum: more than half, which two may have, and rounding may add to. */
const MOST: f32 = 0.55;

/**
 * r²·f″ − r(1 − r)·f′ of classes whose exponentials are `shares`, r = share / sum. Of a class that has most of the sum 1 − r would
 * cancel: it is `rest`, what the others have. `slope` is −f′ / sum.
 */
@inline
function curveOf(shares: v128, inverse: v128, curve: v128, slope: v128, rest: v128, one: v128): v128 {
  const r = f32x4.mul(shares, inverse);
  const others = v128.bitselect(rest, f32x4.sub(one, r), f32x4.gt(r, f32x4.splat(MOST)));
  return f32x4.mul(shares, f32x4.add(f32x4.mul(r, curve), f32x4.mul(others, slope)));
}

/** The shares that are not most of the sum. */
@inline
function lesser(shares: v128, inverse: v128): v128 {
  return v128.and(shares, f32x4.le(f32x4.mul(shares, inverse), f32x4.splat(MOST)));
}

/** Second derivatives from `to` on, of the exponentials at GRAD, which stay; at the target CURVE's entry. */
export function curves(rows: i32, classes: i32, to: usize): void {
  const one = f32x4.splat(1);
  const bytes: usize = (classes & ~3) << 2;
  const left = classes & 3;
  const lastMask = tailMask(left);
  for (let row = 0; row < rows; row++) {
    const inverse = v128.load32_splat(base + (row << 2), INVERSE);
    const curve = v128.load32_splat(base + (row << 2), CURVE_SHARE);
    const slope = v128.load32_splat(base + (row << 2), VALUE);
    let from: usize = base + ((row * classes) << 2);
    let at: usize = to + ((row * classes) << 2);
    const stop = at + bytes;
    const end = from + bytes;
    let sum = widen(v128.and(lesser(v128.load(end, GRAD), inverse), lastMask));
    for (let place = from; place < end; place += 16) sum = f64x2.add(sum, widen(lesser(v128.load(place, GRAD), inverse)));
    const rest = f32x4.mul(f32x4.splat(<f32>(f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1))), inverse);
    for (; at < stop; at += 16, from += 16) v128.store(at, curveOf(v128.load(from, GRAD), inverse, curve, slope, rest, one));
    if (left) {
      const last = curveOf(v128.load(from, GRAD), inverse, curve, slope, rest, one);
      v128.store32_lane(at, last, 0);
      if (left > 1) v128.store32_lane(at, last, 1, 4);
      if (left > 2) v128.store32_lane(at, last, 2, 8);
    }
    store<f32>(to + ((row * classes + <i32>classOf(row)) << 2), load<f32>(base + (row << 2), CURVE));
  }
}

/** As {@link curves}, from HESS, where {@link shortRowSums} has left the exponentials; of rows up to the next whole four. */
export function shortCurves(rows: i32, classes: i32, to: usize): void {
  const next: usize = classes << 2;
  const one = f32x4.splat(1);
  for (let row = 0; row < rows; row += 4) {
    const inverse = v128.load(base + (row << 2), INVERSE);
    const curve = v128.load(base + (row << 2), CURVE_SHARE);
    const slope = v128.load(base + (row << 2), VALUE);
    let from: usize = base + ((row * classes) << 2);
    const stop = from + (classes << 4);
    let first = f64x2.splat(0);
    let last = f64x2.splat(0);
    for (let place = from; place < stop; place += 16) {
      const others = lesser(v128.load(place, HESS), inverse);
      first = f64x2.add(first, f64x2.promote_low_f32x4(others));
      last = f64x2.add(last, f64x2.promote_low_f32x4(lastTwo(others)));
    }
    const low = f32x4.demote_f64x2_zero(first);
    const high = f32x4.demote_f64x2_zero(last);
    const rest = f32x4.mul(v128.shuffle<i32>(low, high, 0, 1, 4, 5), inverse);
    for (let at: usize = to + ((row * classes) << 2); from < stop; from += 16, at += 4) {
      const result = curveOf(v128.load(from, HESS), inverse, curve, slope, rest, one);
      storeRows(at, next, result);
    }
    for (let lane = row; lane < row + 4; lane++) {
      const target = <i32>classOf(lane);
      store<f32>(to + ((lane * classes + target) << 2), load<f32>(base + (lane << 2), CURVE));
    }
  }
}
