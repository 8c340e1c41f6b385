// Constants and core's recipes, in capitals, are filled in by scripts/emit-simd.ts.
//
// A softmax loss is an elementwise one of each row's margin: its own logit less the logarithm of the sum of the others'
// exponentials. Three steps on a block of rows: the sums, with the exponentials kept for the derivatives; the margins, which a kernel
// of their own evaluates (margins.ts); and the derivatives, each made of its exponential and of those of its row (slopes.ts, curves.ts).
//
// Exponentials of a row are relative to its own logit, or rather to 2^k, the power of two that e^own is next to: k is part of the
// number that rounds logits to whole powers, so it costs nothing, nothing has to be known of the others, and no difference is rounded.
// Rows that go further from their own logit than this is for are added up once more, relative to the largest of the others (far.ts).

// `round` is 1.5·2²³, which rounds to whole numbers; the last seven bits of those from it on count 0 to 127. `least` is 2^−88, the first of
// as many powers of two, which stands for the own logit in its row, since the sum is not to know of that.

/** How many of these powers are below the own logit's: others may be e^−61 of it. What is left of them goes up to e^27. */
const BELOW_OWN: f32 = 88;
/** Of less, 2^−40, what stands for the own logit would be a part. */
const LEAST_SUM: f64 = 9.094947017729282e-13;
/** Up to it a logit less its whole powers of two is exact. */
const MOST_OWN: f32 = 1000;

/**
 * Takes the own logits of rows at `from` to MARGIN, and by what they exceed the logarithm of that to which exponentials are relative
 * to DIFFERENCE, in float64. What rounds the logits of a row goes to SLOPE, and what stands for the own one to ROW_VALUE: NaN, which
 * no sum is made of, if that is far from 0.
 */
@inline
function takeOwn(rows: i32, next: usize, from: usize): void {
  for (let row = 0; row < rows; row += 2) {
    const classes = i32x4.trunc_sat_f64x2_s_zero(v128.load(base + (row << 3), TARGET));
    v128.store64_lane(base + (row << 2), classes, 0, CLASS);
  }
  for (let row = 0; row < rows; row++) {
    store<f32>(base + (row << 2), load<f32>(from + row * next + (classOf(row) << 2)), MARGIN);
  }

SUM_CONSTANTS
  const step = f64x2.splat(0.6931471805599453);
  for (let row = 0; row < rows; row += 4) {
    const own = v128.load(base + (row << 2), MARGIN);
    const isNear = f32x4.le(f32x4.abs(own), f32x4.splat(MOST_OWN));
    const k = f32x4.sub(madd(own, perUnit, round), round);
    const start = f32x4.sub(k, f32x4.splat(BELOW_OWN));
    v128.store(base + (row << 2), f32x4.sub(round, start), SLOPE);
    const stand = f32x4.mul(start, f32x4.splat(0.6931472));
    v128.store(base + (row << 2), v128.bitselect(stand, f32x4.splat(NaN), isNear), ROW_VALUE);
    const powers = f64x2.mul(f64x2.promote_low_f32x4(k), step);
    const lastPowers = f64x2.mul(f64x2.promote_low_f32x4(lastTwo(k)), step);
    v128.store(base + (row << 3), f64x2.sub(f64x2.promote_low_f32x4(own), powers), DIFFERENCE);
    v128.store(base + (row << 3), f64x2.sub(f64x2.promote_low_f32x4(lastTwo(own)), lastPowers), DIFFERENCE + 16);
  }
  // What fills the last vector up is of any finite numbers.
  for (let row = rows; row < ((rows + 3) & ~3); row++) {
    store<f64>(base + (row << 3), 0, DIFFERENCE);
    store<f64>(base + (row << 3), 1, SUM);
  }
}

@inline
function classOf(row: i32): usize {
  return load<i32>(base + (row << 2), CLASS);
}

/** x less the whole powers of two in it, whose number is `scaled` − whole: `scaled` is x·perUnit + whole. */
@inline
function remainderOf(x: v128, scaled: v128, whole: v128, stepHigh: v128, stepLow: v128): v128 {
  const k = f32x4.sub(whole, scaled);
  return madd(k, stepLow, madd(k, stepHigh, x));
}

/** The power of two that the last bits of `scaled` count. */
@inline
function powerOf(scaled: v128, least: v128): v128 {
  return i32x4.add(least, i32x4.shl(scaled, 23));
}

/** Not 0 where one of what has been joined to `round` counts none of the 128 powers of two. */
@inline
function isOutside(joined: v128, round: v128): v128 {
  return i32x4.shr_u(v128.xor(joined, round), 7);
}

/**
 * Rows of logits at `from`, one after the other, `classes` each, targets as class indices at TARGET, in float64. For each row: by how
 * much its own logit exceeds the logarithm of that to which exponentials are relative, at DIFFERENCE, and the sum of the others', at
 * SUM, both float64; if gradients are wanted, those go to GRAD, with 0 at the target. A row with a logit that is NaN or infinite has a
 * difference that is none. Exponentials of `few` bytes are added up in float32 before their sum is widened. X is overwritten.
 */
export function rowSums(rows: i32, classes: i32, forGrad: i32, from: usize, few: usize): void {
  takeOwn(rows, classes << 2, from);
  if (!forGrad) {
    sumRows(rows, classes, false, from, few);
    return;
  }
  sumRows(rows, classes, true, from, few);
  for (let row = 0; row < rows; row++) store<f32>(base + ((row * classes + classOf(row)) << 2), 0, GRAD);
}

/** Powers of two and rises are added up apart: sums of powers are exact, and rises have a digit more than what both are together. */
@inline
function sumRows(rows: i32, classes: i32, keeps: bool, from: usize, few: usize): void {
SUM_CONSTANTS
  const lastMask = tailMask(classes & 3);
  takeRow(0, classes, from);
  for (let row = 0; row < rows; row++) {
    // The next one is copied while this one is computed.
    if (row + 1 < rows) takeRow(row + 1, classes, from);
    const whole = v128.load32_splat(base + (row << 2), SLOPE);
    let at: usize = base + ((row * classes) << 2);
    const stop = at + ((classes & ~3) << 2);
    let sum = f64x2.splat(0);
    let joined = round;
    while (at < stop) {
      const end = min(at + few, stop);
      let powers = f32x4.splat(0);
      let rises = f32x4.splat(0);
      for (; at < end; at += 16) {
        const x = v128.load(at, X);
        const scaled = madd(x, perUnit, whole);
        const r = remainderOf(x, scaled, whole, stepHigh, stepLow);
        const over = RISE(r);
        const power = powerOf(scaled, least);
        if (keeps) v128.store(at, madd(power, over, power), GRAD);
        joined = v128.or(joined, scaled);
        powers = f32x4.add(powers, power);
        rises = madd(power, over, rises);
      }
      sum = f64x2.add(sum, f64x2.add(widen(powers), widen(rises)));
    }
    if (classes & 3) {
      const x = v128.load(at, X);
      const scaled = madd(x, perUnit, whole);
      const r = remainderOf(x, scaled, whole, stepHigh, stepLow);
      const over = RISE(r);
      const power = v128.and(powerOf(scaled, least), lastMask);
      // May reach into the next row, which is written later.
      if (keeps) v128.store(at, madd(power, over, power), GRAD);
      joined = v128.or(joined, v128.and(scaled, lastMask));
      sum = f64x2.add(sum, f64x2.add(widen(power), widen(v128.and(f32x4.mul(power, over), lastMask))));
    }
    const total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
    store<f64>(base + (row << 3), total, SUM);
    if (v128.any_true(isOutside(joined, round)) || total < LEAST_SUM) farRow(row, classes, lastMask);
  }
}

/** Copies a row to X, if it is not there, with what stands for its own logit. */
@inline
function takeRow(row: i32, classes: i32, from: usize): void {
  const bytes: usize = classes << 2;
  const to = base + X + row * bytes;
  const at = from + row * bytes;
  if (at != to) copy(to, at, classes);
  store<f32>(to + (classOf(row) << 2), load<f32>(base + (row << 2), ROW_VALUE));
}

/** As {@link rowSums} for rows of few classes, four rows at a time; the exponentials go to HESS, class after class of four rows. */
export function shortRowSums(rows: i32, classes: i32, forGrad: i32, from: usize, few: usize): void {
  const all = (rows + 3) & ~3;
  takeOwn(all, classes << 2, from);
  for (let row = 0; row < rows; row += 4) transpose(row, classes, from);
  for (let row = 0; row < all; row++) store<f32>(shortOwn(row, classes), load<f32>(base + (row << 2), ROW_VALUE));
  if (!forGrad) {
    sumShortRows(rows, classes, false, from, few);
    return;
  }
  sumShortRows(rows, classes, true, from, few);
  for (let row = 0; row < all; row++) store<f32>(shortOwn(row, classes), 0);
}

@inline
function sumShortRows(rows: i32, classes: i32, keeps: bool, from: usize, few: usize): void {
SUM_CONSTANTS
  const leastSum = f64x2.splat(LEAST_SUM);
  for (let row = 0; row < rows; row += 4) {
    const whole = v128.load(base + (row << 2), SLOPE);
    let at: usize = base + ((row * classes) << 2);
    const stop = at + (classes << 4);
    let sum = f64x2.splat(0);
    let lastSum = f64x2.splat(0);
    let joined = round;
    while (at < stop) {
      const end = min(at + few, stop);
      let powers = f32x4.splat(0);
      let rises = f32x4.splat(0);
      for (; at < end; at += 16) {
        const x = v128.load(at, HESS);
        const scaled = madd(x, perUnit, whole);
        const r = remainderOf(x, scaled, whole, stepHigh, stepLow);
        const over = RISE(r);
        const power = powerOf(scaled, least);
        if (keeps) v128.store(at, madd(power, over, power), HESS);
        joined = v128.or(joined, scaled);
        powers = f32x4.add(powers, power);
        rises = madd(power, over, rises);
      }
      sum = f64x2.add(sum, f64x2.add(f64x2.promote_low_f32x4(powers), f64x2.promote_low_f32x4(rises)));
      const last = f64x2.add(f64x2.promote_low_f32x4(lastTwo(powers)), f64x2.promote_low_f32x4(lastTwo(rises)));
      lastSum = f64x2.add(lastSum, last);
    }
    v128.store(base + (row << 3), sum, SUM);
    v128.store(base + (row << 3), lastSum, SUM + 16);
    const isSmall = v128.or(f64x2.lt(sum, leastSum), f64x2.lt(lastSum, leastSum));
    if (v128.any_true(v128.or(isOutside(joined, round), isSmall))) farShortRows(row, classes, from);
  }
}

/** Four rows of logits at `from` to HESS, class after class of the four. */
function transpose(row: i32, classes: i32, from: usize): void {
  const next: usize = classes << 2;
  let at: usize = from + row * next;
  let to: usize = base + row * next;
  const many = at + ((classes & ~3) << 2);
  const stop = at + next;
  for (; at < many; at += 16, to += 64) {
    const a = v128.load(at);
    const b = v128.load(at + next);
    const c = v128.load(at + 2 * next);
    const d = v128.load(at + 3 * next);
    const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2), HESS);
    v128.store(to, v128.shuffle<i64>(ab, cd, 1, 3), HESS + 16);
    const abLast = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const cdLast = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<i64>(abLast, cdLast, 0, 2), HESS + 32);
    v128.store(to, v128.shuffle<i64>(abLast, cdLast, 1, 3), HESS + 48);
  }
  for (; at < stop; at += 4, to += 16) {
    let x = v128.load32_zero(at);
    x = v128.load32_lane(at + next, x, 1);
    x = v128.load32_lane(at + 2 * next, x, 2);
    x = v128.load32_lane(at + 3 * next, x, 3);
    v128.store(to, x, HESS);
  }
}

/** Where the own class of a short row is among those of four rows. */
@inline
function shortOwn(row: i32, classes: i32): usize {
  return base + HESS + (((row & ~3) * classes) << 2) + (classOf(row) << 4) + ((row & 3) << 2);
}

@inline
function lastTwo(a: v128): v128 {
  return v128.shuffle<i32>(a, a, 2, 3, 2, 3);
}

/** All ones in the first `n` lanes. */
@inline
function tailMask(n: i32): v128 {
  return i32x4.gt_s(i32x4.splat(n), i32x4(0, 1, 2, 3));
}
