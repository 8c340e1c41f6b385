/**
 * What the kernels of all losses need, four float32 numbers at a time: looks at labels and weights. AssemblyScript.
 *
 * Constants are parameters, because engines reload a literal vector in every turn of a loop and keep a local one in a
 * register. `madd(a, b, c)` is a·b + c, rounded once in the relaxed build and twice in the other.
 */

/** The sum of four float32 in two float64. */
@inline
function widen(a: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(v128.shuffle<i32>(a, a, 2, 3, 2, 3)));
}

/**
 * Counts ones and ignored entries among `n` targets; 1 if each is 0, 1 or ignored. `ignored` is NaN where there is none: the
 * loop without it takes half the instructions.
 */
export function countTargets(n: i32, ignored: f32, yAt: usize): i32 {
  if (ignored != ignored) return countBits(n, yAt);
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const skip = f32x4.splat(ignored);
  let hard = i32x4.splat(-1);
  let ones = i32x4.splat(0);
  let skipped = i32x4.splat(0);
  for (let at = 0; at < n << 2; at += 16) {
    const y = v128.load(yAt + at);
    const isOne = f32x4.eq(y, one);
    const isSkipped = f32x4.eq(y, skip);
    hard = v128.and(hard, v128.or(v128.or(isOne, f32x4.eq(y, zero)), isSkipped));
    ones = i32x4.sub(ones, isOne);
    skipped = i32x4.sub(skipped, isSkipped);
  }
  store<i32>(base, total(ones), COUNTS);
  store<i32>(base, total(skipped), COUNTS + 4);
  return i32x4.all_true(hard) ? 1 : 0;
}

/** As {@link countTargets}, none ignored. Only 0 and 1 are their own squares: y² − y is 0 of them, and NaN of infinity. */
function countBits(n: i32, yAt: usize): i32 {
  let soft = i32x4.splat(0);
  let sum = f32x4.splat(0);
  let at = yAt;
  const end = yAt + (n << 2);
  for (; at < yAt + ((n & ~15) << 2); at += 64) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    sum = f32x4.add(sum, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
    soft = v128.or(soft, v128.or(v128.or(offSquare(a), offSquare(b)), v128.or(offSquare(c), offSquare(d))));
  }
  for (; at < end; at += 16) {
    const y = v128.load(at);
    sum = f32x4.add(sum, y);
    soft = v128.or(soft, offSquare(y));
  }
  store<i32>(base, total(i32x4.trunc_sat_f32x4_s(sum)), COUNTS);
  store<i32>(base, 0, COUNTS + 4);
  return v128.any_true(soft) ? 0 : 1;
}

@inline
function offSquare(y: v128): v128 {
  return f32x4.sub(f32x4.mul(y, y), y);
}

/**
 * Multiplies the weights at `weights` by the factor of each label into WEIGHT, and sets target and weight of ignored entries to
 * 0; 1 if each target is 0, 1 or ignored.
 */
export function maskTargets(n: i32, ignored: f32, yAt: usize, weights: usize, ofPositive: f32, ofNegative: f32): i32 {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const skip = f32x4.splat(ignored);
  const negative = f32x4.splat(ofNegative);
  const change = v128.xor(f32x4.splat(ofPositive), negative);
  let hard = i32x4.splat(-1);
  for (let at = 0; at < n << 2; at += 16) {
    const y = v128.load(yAt + at);
    const isOne = f32x4.eq(y, one);
    const isSkipped = f32x4.eq(y, skip);
    hard = v128.and(hard, v128.or(v128.or(isOne, f32x4.eq(y, zero)), isSkipped));
    v128.store(base + at, v128.andnot(y, isSkipped), Y);
    const factor = v128.xor(negative, v128.and(isOne, change));
    v128.store(base + at, v128.andnot(f32x4.mul(v128.load(weights + at), factor), isSkipped), WEIGHT);
  }
  return i32x4.all_true(hard) ? 1 : 0;
}

/** 1 if one of `n` labels is above 0 and no normal number. */
export function hasTinyLabels(n: i32, yAt: usize): i32 {
  const zero = f32x4.splat(0);
  const tiny = f32x4.splat(1.1754943508222875e-38);
  let some = i32x4.splat(0);
  for (let at = 0; at < n << 2; at += 16) {
    const y = v128.load(yAt + at);
    some = v128.or(some, v128.and(f32x4.gt(y, zero), f32x4.lt(y, tiny)));
  }
  return i32(v128.any_true(some));
}

/**
 * The sum of `n` labels, those that are `ignored` apart; NaN if another is not in [0, 1]. How many are 1 and how many ignored goes to
 * COUNTS.
 */
export function sumOfLabels(n: i32, ignored: f32, yAt: usize): f64 {
  const one = f32x4.splat(1);
  const skip = f32x4.splat(ignored);
  let good = i32x4.splat(-1);
  let ones = i32x4.splat(0);
  let skipped = i32x4.splat(0);
  let sum = f64x2.splat(0);
  for (let at = 0; at < n << 2; at += 16) {
    const label = v128.load(yAt + at);
    const isSkipped = f32x4.eq(label, skip);
    const y = v128.andnot(label, isSkipped);
    good = v128.and(good, v128.and(f32x4.ge(y, f32x4.splat(0)), f32x4.le(y, one)));
    ones = i32x4.sub(ones, f32x4.eq(y, one));
    skipped = i32x4.sub(skipped, isSkipped);
    sum = f64x2.add(sum, widen(y));
  }
  store<i32>(base, total(ones), COUNTS);
  store<i32>(base, total(skipped), COUNTS + 4);
  return i32x4.all_true(good) ? f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) : NaN;
}

/** Puts to WEIGHT the `n` weights at `weights`, each times α_t = y·ofPositive + (1 − y)·ofNegative of its label, which may be soft. */
export function mixFactors(n: i32, yAt: usize, weights: usize, ofPositive: f32, ofNegative: f32): void {
  const positive = f32x4.splat(ofPositive);
  const negative = f32x4.splat(ofNegative);
  for (let at = 0; at < n << 2; at += 16) {
    const y = v128.load(yAt + at);
    const rest = f32x4.sub(f32x4.splat(1), y);
    const factor = f32x4.add(f32x4.mul(y, positive), f32x4.mul(rest, negative));
    v128.store(base + at, f32x4.mul(v128.load(weights + at), factor), WEIGHT);
  }
}

/**
 * Looks at `n` weights ≥ 0: the least, the least above 0 and the largest go to RANGE. Such numbers are in the order of their
 * bits, which are compared four times as fast.
 */
export function lookAtWeights(n: i32, weights: usize): void {
  let least = v128.load(weights);
  let largest = least;
  // Without sign, 0 − 1 is the largest number.
  let positive = i32x4.splat(-1);
  for (let at = 0; at < n << 2; at += 16) {
    const weight = v128.load(weights + at);
    least = i32x4.min_s(least, weight);
    largest = i32x4.max_s(largest, weight);
    positive = i32x4.min_u(positive, i32x4.sub(weight, i32x4.splat(1)));
  }
  for (let lane = 0; lane < 3; lane++) {
    least = i32x4.min_s(least, v128.shuffle<i32>(least, least, 1, 2, 3, 0));
    largest = i32x4.max_s(largest, v128.shuffle<i32>(largest, largest, 1, 2, 3, 0));
    positive = i32x4.min_u(positive, v128.shuffle<i32>(positive, positive, 1, 2, 3, 0));
  }
  v128.store32_lane(base, least, 0, RANGE);
  v128.store32_lane(base, i32x4.add(positive, i32x4.splat(1)), 0, RANGE + 4);
  v128.store32_lane(base, largest, 0, RANGE + 8);
}

/** Puts to WEIGHT the `n` weights at `weights`, each times what its label is multiplied by. */
export function applyFactors(n: i32, yAt: usize, weights: usize, ofPositive: f32, ofNegative: f32): void {
  const negative = f32x4.splat(ofNegative);
  const change = v128.xor(f32x4.splat(ofPositive), negative);
  for (let at = 0; at < n << 2; at += 16) {
    const isPositive = f32x4.gt(v128.load(yAt + at), f32x4.splat(0));
    v128.store(base + at, f32x4.mul(v128.load(weights + at), v128.xor(negative, v128.and(isPositive, change))), WEIGHT);
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

/** 1 if one of `n` results at `place` is not 0 and below `limit` in size: what {@link lostDigits} asks, of all factors as of the largest. */
export function hasFaint(n: i32, place: usize, limit: f32): i32 {
  const most = f32x4.splat(limit);
  const zero = f32x4.splat(0);
  let faint = i32x4.splat(0);
  for (let at = 0; at < n << 2; at += 16) {
    const result = f32x4.abs(v128.load(place + at));
    faint = v128.or(faint, v128.and(f32x4.lt(result, most), f32x4.gt(result, zero)));
  }
  return i32(v128.any_true(faint));
}

/**
 * Puts `n` labels of one byte each into Y; `mask` is 255 where they have no sign, else −1. 1 if each is 0 or 1; how many are 1 then
 * goes to COUNTS.
 */
export function loadBytes(n: i32, from: usize, mask: i32): i32 {
  const bits = i16x8.splat(<i16>mask);
  const others = i8x16.splat(-2);
  let other = i32x4.splat(0);
  let ones = i32x4.splat(0);
  let at = 0;
  for (; at < (n & ~15); at += 16) {
    const bytes = v128.load(from + at);
    other = v128.or(other, v128.and(bytes, others));
    ones = i32x4.add(ones, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)));
    const low = v128.and(i16x8.extend_low_i8x16_s(bytes), bits);
    const high = v128.and(i16x8.extend_high_i8x16_s(bytes), bits);
    const to = base + (at << 2);
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)), Y);
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low)), Y + 16);
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high)), Y + 32);
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high)), Y + 48);
  }
  for (; at < n; at += 4) {
    const bytes = v128.load32_zero(from + at);
    other = v128.or(other, v128.and(bytes, others));
    ones = i32x4.add(ones, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)));
    const low = v128.and(i16x8.extend_low_i8x16_s(bytes), bits);
    v128.store(base + (at << 2), f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)), Y);
  }
  store<i32>(base, total(ones), COUNTS);
  store<i32>(base, 0, COUNTS + 4);
  return v128.any_true(other) ? 0 : 1;
}

/** Copies `n` numbers of four bytes, any number of them. */
export function copy(to: usize, from: usize, n: i32): void {
  let at = 0;
  for (; at < (n & ~15) << 2; at += 64) {
    const a = v128.load(from + at);
    const b = v128.load(from + at, 16);
    const c = v128.load(from + at, 32);
    const d = v128.load(from + at, 48);
    v128.store(to + at, a);
    v128.store(to + at, b, 16);
    v128.store(to + at, c, 32);
    v128.store(to + at, d, 48);
  }
  for (; at < n << 2; at += 4) store<f32>(to + at, load<f32>(from + at));
}

@inline
function total(a: v128): i32 {
  return i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1) + i32x4.extract_lane(a, 2) + i32x4.extract_lane(a, 3);
}
