/**
 * What the emitted SIMD kernels call, four float32 numbers at a time. AssemblyScript; inlined into every kernel.
 *
 * Constants are parameters, because engines reload a literal vector in every turn of a loop and keep a local one in a
 * register. `madd(a, b, c)` is a·b + c, rounded once in the relaxed build and twice in the other.
 */

/** e^−a for a ≥ 0, within 1.2e-7, gradually down to 0. */
@inline
function expNegative(
  a: v128, cap: v128, log2e: v128, magic: v128, ln2High: v128, ln2Low: v128,
  x2: v128, x3: v128, x4: v128, x5: v128, x6: v128, one: v128, shrink: v128,
): v128 {
  const near = f32x4.pmin(a, cap);
  const scaled = madd(near, log2e, magic);
  const k = f32x4.sub(scaled, magic);
  const r = madd(k, ln2Low, f32x4.sub(f32x4.mul(k, ln2High), near));
  return scaleDown(exponential(r, x2, x3, x4, x5, x6, one), scaled, shrink);
}

/**
 * power · 2^−k. `magic` put k − 24 into the low bits of `scaled`: what is subtracted from the exponent leaves a normal
 * number, and the last 24 steps are a product, which underflows as it should.
 */
@inline
function scaleDown(power: v128, scaled: v128, shrink: v128): v128 {
  return f32x4.mul(i32x4.sub(power, i32x4.shl(scaled, 23)), shrink);
}

/** e^r for |r| ≤ log(2)/2. */
@inline
function exponential(r: v128, x2: v128, x3: v128, x4: v128, x5: v128, x6: v128, one: v128): v128 {
  const rr = f32x4.mul(r, r);
  const tail = madd(rr, madd(rr, x6, madd(r, x5, x4)), madd(r, x3, x2));
  return f32x4.add(one, madd(rr, tail, r));
}

/** log(1 + e) for e in [0, 1], within 1.3e-7. */
@inline
function log1pUnit(
  e: v128, l2: v128, l3: v128, l4: v128, l5: v128, l6: v128, l7: v128, l8: v128, l9: v128, l10: v128,
): v128 {
  const ee = f32x4.mul(e, e);
  const eeee = f32x4.mul(ee, ee);
  const low = madd(ee, madd(e, l5, l4), madd(e, l3, l2));
  const high = madd(eeee, l10, madd(ee, madd(e, l9, l8), madd(e, l7, l6)));
  return madd(ee, madd(eeee, high, low), e);
}

/** −1, 0 or 1. */
@inline
function sign(a: v128, zero: v128, one: v128): v128 {
  return f32x4.sub(v128.and(one, f32x4.gt(a, zero)), v128.and(one, f32x4.lt(a, zero)));
}

/**
 * σ(−v)ᵖ = e^−A with A = p·max(v, 0) + p·log1pE. Near A = 87 half an ulp of A is 4e-6: the leading product is taken of
 * twelve-bit heads, exactly, and the rest joins after the whole multiples of log(2) are gone.
 */
@inline
function sigmoidPow(
  v: v128, log1pE: v128, p: v128, pHead: v128, pRest: v128, zero: v128, headMask: v128,
  cap: v128, log2e: v128, magic: v128, ln2High: v128, ln2Low: v128,
  x2: v128, x3: v128, x4: v128, x5: v128, x6: v128, one: v128, shrink: v128,
): v128 {
  const u = f32x4.pmax(v, zero);
  const uHead = v128.and(u, headMask);
  const head = f32x4.mul(pHead, uHead);
  const rest = madd(p, log1pE, madd(pHead, f32x4.sub(u, uHead), f32x4.mul(pRest, u)));
  const near = f32x4.pmin(f32x4.add(head, rest), cap);
  const scaled = madd(near, log2e, magic);
  const k = f32x4.sub(scaled, magic);
  const r = f32x4.sub(madd(k, ln2Low, f32x4.sub(f32x4.mul(k, ln2High), head)), rest);
  const power = scaleDown(exponential(r, x2, x3, x4, x5, x6, one), scaled, shrink);
  // Beyond the cap r means nothing.
  return v128.and(power, f32x4.lt(near, cap));
}

/** What rounding took from u = a·x + b, for parameters a and b in two parts each. */
@inline
function affineLow(
  a: v128, aHead: v128, aRest: v128, x: v128, b: v128, bLow: v128, u: v128, headMask: v128,
): v128 {
  const product = f32x4.mul(a, x);
  const xHead = v128.and(x, headMask);
  const lost = madd(aRest, x, madd(aHead, f32x4.sub(x, xHead), f32x4.sub(f32x4.mul(aHead, xHead), product)));
  const back = f32x4.sub(u, product);
  const carried = f32x4.add(f32x4.sub(product, f32x4.sub(u, back)), f32x4.sub(b, back));
  return f32x4.add(lost, f32x4.add(carried, bLow));
}

/** The sum of four float32 in two float64. */
@inline
function widen(a: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(v128.shuffle<i32>(a, a, 2, 3, 2, 3)));
}

/**
 * Looks at `n` targets: 1 if each is 0, 1 or `ignored` (NaN if none is). Counts the ones and the ignored. If some may be
 * ignored, turns these into targets 0 of weight 0, and puts the weights, which are at `weights` before, to WEIGHT.
 */
export function lookAtTargets(n: i32, ignored: f32, weights: usize): i32 {
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
    store<i32>(COUNTS, total(ones));
    store<i32>(COUNTS, 0, 4);
    return i32x4.all_true(hard) ? 1 : 0;
  }
  for (let at = 0; at < n << 2; at += 16) {
    const y = v128.load(at, Y);
    const isOne = f32x4.eq(y, one);
    const isSkipped = f32x4.eq(y, skip);
    hard = v128.and(hard, v128.or(v128.or(isOne, f32x4.eq(y, zero)), isSkipped));
    ones = i32x4.sub(ones, v128.andnot(isOne, isSkipped));
    skipped = i32x4.sub(skipped, isSkipped);
    v128.store(at, v128.andnot(y, isSkipped), Y);
    v128.store(at, v128.andnot(v128.load(weights + at), isSkipped), WEIGHT);
  }
  store<i32>(COUNTS, total(ones));
  store<i32>(COUNTS, total(skipped), 4);
  return i32x4.all_true(hard) ? 1 : 0;
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

/** 1 if one of `n` results at `place`, of a factor above 2, is smaller than that times float32's least normal number. */
export function lostDigits(n: i32, place: usize, factors: usize): i32 {
  const tiny = f32x4.splat(1.1754943508222875e-38);
  let lost = i32x4.splat(0);
  for (let at = 0; at < n << 2; at += 16) {
    const factor = v128.load(factors + at);
    const isSmall = f32x4.lt(f32x4.abs(v128.load(place + at)), f32x4.mul(factor, tiny));
    lost = v128.or(lost, v128.and(isSmall, f32x4.gt(factor, f32x4.splat(2))));
  }
  return i32(v128.any_true(lost));
}

@inline
function total(a: v128): i32 {
  return i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1) + i32x4.extract_lane(a, 2) + i32x4.extract_lane(a, 3);
}
