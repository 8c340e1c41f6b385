/**
 * What the emitted SIMD kernels call, four float32 numbers at a time, beside core's helpers, which are emitted as well.
 * AssemblyScript.
 *
 * Constants are parameters, because engines reload a literal vector in every turn of a loop and keep a local one in a
 * register. `madd(a, b, c)` is a·b + c, rounded once in the relaxed build and twice in the other.
 */

/** −1, 0 or 1. */
@inline
function sign(a: v128, zero: v128, one: v128): v128 {
  return f32x4.sub(v128.and(one, f32x4.gt(a, zero)), v128.and(one, f32x4.lt(a, zero)));
}

/** e^a for −87 ≤ a ≤ 0: two thirds of the instructions of {@link expNegative}. `whole`, 1.5·2²³, rounds to a whole number. */
@inline
function expNear(
  a: v128, whole: v128, perUnit: v128, stepHigh: v128, stepLow: v128, x2: v128, x3: v128, x4: v128, x5: v128, x6: v128, one: v128,
): v128 {
  const scaled = madd(a, perUnit, whole);
  return poweredBy(scaled, leftOf(a, f32x4.sub(whole, scaled), stepHigh, stepLow), x2, x3, x4, x5, x6, one);
}

/** As {@link expNear}, of a + low, whose sum no float32 may hold. */
@inline
function expNearLow(
  a: v128, low: v128, whole: v128, perUnit: v128, stepHigh: v128, stepLow: v128, x2: v128, x3: v128, x4: v128, x5: v128, x6: v128, one: v128,
): v128 {
  const scaled = madd(a, perUnit, whole);
  return poweredBy(scaled, f32x4.add(leftOf(a, f32x4.sub(whole, scaled), stepHigh, stepLow), low), x2, x3, x4, x5, x6, one);
}

/** a + k·log 2. */
@inline
function leftOf(a: v128, k: v128, stepHigh: v128, stepLow: v128): v128 {
  return madd(k, stepLow, madd(k, stepHigh, a));
}

/** e^r · 2^k, k being the whole number that stands in the last bits of `mark`. */
@inline
function poweredBy(mark: v128, r: v128, x2: v128, x3: v128, x4: v128, x5: v128, x6: v128, one: v128): v128 {
  return i32x4.add(f32x4.add(one, rise(r, x2, x3, x4, x5, x6)), i32x4.shl(mark, 23));
}

/** The sum of four float32 in two float64. */
@inline
function widen(a: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(v128.shuffle<i32>(a, a, 2, 3, 2, 3)));
}

/**
 * Counts ones and ignored entries among `n` targets; 1 if each is 0, 1 or ignored. `ignored` is NaN where there is none: the
 * loop without it takes two instructions less.
 */
export function countTargets(n: i32, ignored: f32): i32 {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const skip = f32x4.splat(ignored);
  let hard = i32x4.splat(-1);
  let ones = i32x4.splat(0);
  let skipped = i32x4.splat(0);
  if (ignored != ignored) {
    for (let at = 0; at < n << 2; at += 16) {
      const y = v128.load(at, Y);
      const isOne = f32x4.eq(y, one);
      hard = v128.and(hard, v128.or(isOne, f32x4.eq(y, zero)));
      ones = i32x4.sub(ones, isOne);
    }
  } else {
    for (let at = 0; at < n << 2; at += 16) {
      const y = v128.load(at, Y);
      const isOne = f32x4.eq(y, one);
      const isSkipped = f32x4.eq(y, skip);
      hard = v128.and(hard, v128.or(v128.or(isOne, f32x4.eq(y, zero)), isSkipped));
      ones = i32x4.sub(ones, isOne);
      skipped = i32x4.sub(skipped, isSkipped);
    }
  }
  store<i32>(COUNTS, total(ones));
  store<i32>(COUNTS, total(skipped), 4);
  return i32x4.all_true(hard) ? 1 : 0;
}

/**
 * Multiplies the weights at `weights` by the factor of each label into WEIGHT, and sets target and weight of ignored entries to
 * 0; 1 if each target is 0, 1 or ignored.
 */
export function maskTargets(n: i32, ignored: f32, weights: usize, ofPositive: f32, ofNegative: f32): i32 {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const skip = f32x4.splat(ignored);
  const negative = f32x4.splat(ofNegative);
  const change = v128.xor(f32x4.splat(ofPositive), negative);
  let hard = i32x4.splat(-1);
  for (let at = 0; at < n << 2; at += 16) {
    const y = v128.load(at, Y);
    const isOne = f32x4.eq(y, one);
    const isSkipped = f32x4.eq(y, skip);
    hard = v128.and(hard, v128.or(v128.or(isOne, f32x4.eq(y, zero)), isSkipped));
    v128.store(at, v128.andnot(y, isSkipped), Y);
    const factor = v128.xor(negative, v128.and(isOne, change));
    v128.store(at, v128.andnot(f32x4.mul(v128.load(weights + at), factor), isSkipped), WEIGHT);
  }
  return i32x4.all_true(hard) ? 1 : 0;
}

/** 1 if one of `n` labels is above 0 and no normal number. */
export function hasTinyLabels(n: i32): i32 {
  const zero = f32x4.splat(0);
  const tiny = f32x4.splat(1.1754943508222875e-38);
  let some = i32x4.splat(0);
  for (let at = 0; at < n << 2; at += 16) {
    const y = v128.load(at, Y);
    some = v128.or(some, v128.and(f32x4.gt(y, zero), f32x4.lt(y, tiny)));
  }
  return i32(v128.any_true(some));
}

/** The sum of `n` labels; NaN if one is not in [0, 1]. */
export function sumOfLabels(n: i32): f64 {
  let good = i32x4.splat(-1);
  let sum = f64x2.splat(0);
  for (let at = 0; at < n << 2; at += 16) {
    const y = v128.load(at, Y);
    good = v128.and(good, v128.and(f32x4.ge(y, f32x4.splat(0)), f32x4.le(y, f32x4.splat(1))));
    sum = f64x2.add(sum, widen(y));
  }
  return i32x4.all_true(good) ? f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) : NaN;
}

/**
 * Looks at `n` weights ≥ 0: the least, the least above 0 and the largest go to RANGE. Such numbers are in the order of their
 * bits, which are compared four times as fast.
 */
export function lookAtWeights(n: i32): void {
  let least = v128.load(0, WEIGHT);
  let largest = least;
  // Without sign, 0 − 1 is the largest number.
  let positive = i32x4.splat(-1);
  for (let at = 0; at < n << 2; at += 16) {
    const weight = v128.load(at, WEIGHT);
    least = i32x4.min_s(least, weight);
    largest = i32x4.max_s(largest, weight);
    positive = i32x4.min_u(positive, i32x4.sub(weight, i32x4.splat(1)));
  }
  for (let lane = 0; lane < 3; lane++) {
    least = i32x4.min_s(least, v128.shuffle<i32>(least, least, 1, 2, 3, 0));
    largest = i32x4.max_s(largest, v128.shuffle<i32>(largest, largest, 1, 2, 3, 0));
    positive = i32x4.min_u(positive, v128.shuffle<i32>(positive, positive, 1, 2, 3, 0));
  }
  v128.store32_lane(RANGE, least, 0);
  v128.store32_lane(RANGE, i32x4.add(positive, i32x4.splat(1)), 0, 4);
  v128.store32_lane(RANGE, largest, 0, 8);
}

/** Puts to WEIGHT the `n` weights at `weights`, each times what its label is multiplied by. */
export function applyFactors(n: i32, weights: usize, ofPositive: f32, ofNegative: f32): void {
  const negative = f32x4.splat(ofNegative);
  const change = v128.xor(f32x4.splat(ofPositive), negative);
  for (let at = 0; at < n << 2; at += 16) {
    const isPositive = f32x4.gt(v128.load(at, Y), f32x4.splat(0));
    v128.store(at, f32x4.mul(v128.load(weights + at), v128.xor(negative, v128.and(isPositive, change))), WEIGHT);
  }
}

/**
 * 1 if one of `n` results at `place` may have lost digits below float32's least normal number before it was multiplied by more
 * than 2: by its factor, and by up to `lift` in the formula. What is 0 has become so from less than any product shows.
 */
export function lostDigits(n: i32, place: usize, factors: usize, lift: f32): i32 {
  const tiny = f32x4.splat(1.1754943508222875e-38);
  const most = f32x4.splat(4194304);
  const zero = f32x4.splat(0);
  let lost = i32x4.splat(0);
  for (let at = 0; at < n << 2; at += 16) {
    const factor = f32x4.mul(v128.load(factors + at), f32x4.splat(lift));
    const result = f32x4.abs(v128.load(place + at));
    const isSmall = f32x4.lt(result, f32x4.mul(factor, tiny));
    const shows = v128.or(f32x4.gt(result, zero), f32x4.gt(factor, most));
    lost = v128.or(lost, v128.and(v128.and(isSmall, shows), f32x4.gt(factor, f32x4.splat(2))));
  }
  return i32(v128.any_true(lost));
}

@inline
function total(a: v128): i32 {
  return i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1) + i32x4.extract_lane(a, 2) + i32x4.extract_lane(a, 3);
}
