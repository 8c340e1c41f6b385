// Constants and the exponential, in capitals, are filled in by scripts/emit-simd.ts.
//
// A softmax loss is an elementwise one of each row's margin: its own logit less the logarithm of the sum of the others'
// exponentials. Three steps on a block of rows: the sums, with the exponentials kept for the derivatives; the margins, which a kernel
// of their own evaluates; and the derivatives, each made of its exponential and of those of its row.
//
// The sums are formed by several short loops over all rows: what one row has to wait for, the others do not.

/** By how much the largest logit of a row exceeds what stands for no class: e^−80 is nothing beside 1, and a normal number. */
const BELOW: f32 = 80;
/** Up to it what rounding takes from a difference is no more than the error of an exponential. */
const NEAR: f32 = 8;
/** Up to it that is half of 1e-6, which is little in the sum of a row: of no more than {@link MANY} classes the small ones weigh little. */
const NEAR_IN_SUM: f32 = 16;
const MANY = 1024;
/** Bytes of exponentials that are added up in float32 before their sum is widened: four vectors of them. */
const WIDENED: usize = 64;

/** Stores a number each in the same place of four rows, which are `next` bytes apart. */
@inline
function storeRows(at: usize, next: usize, four: v128): void {
  v128.store32_lane(at, four, 0);
  v128.store32_lane(at + next, four, 1);
  v128.store32_lane(at + 2 * next, four, 2);
  v128.store32_lane(at + 3 * next, four, 3);
}

/**
 * Rows of logits at X, one after the other, `classes` each, targets as class indices at TARGET, in float64. For each row: by how much its own
 * logit exceeds the largest of the other classes, at DIFFERENCE, and the sum of their e^(x − largest), at SUM, both float64; those
 * exponentials go to GRAD, with 0 at the target, as exact as gradients need them if they do. A row with a logit that is NaN or infinite
 * has a difference that is none.
 */
export function rowSums(rows: i32, classes: i32, forGrad: i32): void {
  takeOwn(rows, classes << 2, 0, X);

  const none = f32x4.splat(NaN);
  const lastMask = tailMask(classes & 3);
  for (let row = 0; row < rows; row++) {
    let at: usize = base + ((row * classes) << 2);
    const stop = at + ((classes & ~3) << 2);
    let most = f32x4.splat(-Infinity);
    let least = f32x4.splat(Infinity);
    for (; at < stop; at += 16) {
      const x = v128.load(at, X);
      most = f32x4.pmax(most, x);
      least = f32x4.pmin(least, x);
    }
    const last = v128.bitselect(v128.load(at, X), none, lastMask);
    most = f32x4.pmax(most, last);
    least = f32x4.pmin(least, last);
    most = f32x4.pmax(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
    least = f32x4.pmin(least, v128.shuffle<i32>(least, least, 2, 3, 0, 1));
    most = f32x4.pmax(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2));
    least = f32x4.pmin(least, v128.shuffle<i32>(least, least, 1, 0, 3, 2));
    v128.store32_lane(base + (row << 2), most, 0, SLOPE);
    v128.store32_lane(base + (row << 2), least, 0, ROW_VALUE);
  }
  setOwnBelow(rows, classes << 2, 0, X);

NEAR_CONSTANTS
  const whole = f32x4.add(magic, f32x4.splat(24));
  const near = forGrad || classes > MANY ? NEAR : NEAR_IN_SUM;
  for (let row = 0; row < rows; row++) {
    const largest = load<f32>(base + (row << 2), SLOPE);
    // Not if one is infinite, either.
    if (!(largest - load<f32>(base + (row << 2), ROW_VALUE) <= near)) {
      const from: usize = base + ((row * classes) << 2);
      farSums(from + X, from + GRAD, from + GRAD + (classes << 2), f32x4.splat(largest), lastMask);
      noteSum(row, f64x2.add(v128.load(base, FIRST), v128.load(base, LAST)), v128.load(base, ORDERED));
      continue;
    }
    const most = f32x4.splat(largest);
    let at: usize = base + ((row * classes) << 2);
    const stop = at + ((classes & ~3) << 2);
    let sum = f64x2.splat(0);
    let ordered = f32x4.splat(0);
    while (at < stop) {
      const end = min(at + WIDENED, stop);
      let few = f32x4.splat(0);
      for (; at < end; at += 16) {
        const d = f32x4.sub(v128.load(at, X), most);
        const share = EXP_NEAR(d);
        v128.store(at, share, GRAD);
        ordered = f32x4.add(ordered, d);
        few = f32x4.add(few, share);
      }
      sum = f64x2.add(sum, widen(few));
    }
    if (classes & 3) {
      const d = v128.bitselect(f32x4.sub(v128.load(at, X), most), f32x4.splat(-BELOW), lastMask);
      const share = EXP_NEAR(d);
      // May reach into the next row, which is written later.
      v128.store(at, share, GRAD);
      ordered = f32x4.add(ordered, d);
      sum = f64x2.add(sum, widen(share));
    }
    noteSum(row, sum, ordered);
  }
  differences(rows);
  for (let row = 0; row < rows; row++) store<f32>(targetAt(row, classes << 2, 0), 0, GRAD);
}

/** Where {@link farSums} leaves its sums: of the first two lanes, of the last two, and of the differences. */
const FIRST: usize = ROW_SUMS;
const LAST: usize = ROW_SUMS + 16;
const ORDERED: usize = ROW_SUMS + 32;

/**
 * The exponentials of logits at `from`, at any distance from the largest, to the places from `to` until `stop`, and their sums. In the
 * last vector, if it is not whole, of those of `lastMask`.
 */
function farSums(from: usize, to: usize, stop: usize, most: v128, lastMask: v128): void {
FAR_CONSTANTS
  const whole = f32x4.add(magic, f32x4.splat(24));
  const below = f32x4.sub(most, f32x4.splat(BELOW));
  let first = f64x2.splat(0);
  let last = f64x2.splat(0);
  let ordered = f32x4.splat(0);
  for (; to < stop; from += 16, to += 16) {
    let x = v128.load(from);
    if (to + 16 > stop) x = v128.bitselect(x, below, lastMask);
    const d = f32x4.sub(x, most);
    const lost = lostInDifference(x, most, d);
    const share = i32x4.all_true(f32x4.ge(d, f32x4.splat(-BELOW)))
      ? EXP_NEAR_LOW(d, lost)
      : scaledBy(EXP(f32x4.neg(d)), lost);
    v128.store(to, share);
    ordered = f32x4.add(ordered, d);
    first = f64x2.add(first, f64x2.promote_low_f32x4(share));
    last = f64x2.add(last, f64x2.promote_low_f32x4(lastTwo(share)));
  }
  v128.store(base, first, FIRST);
  v128.store(base, last, LAST);
  v128.store(base, ordered, ORDERED);
}

/** What rounding took from d, which is a − b (Knuth). */
@inline
function lostInDifference(a: v128, b: v128, d: v128): v128 {
  const back = f32x4.sub(d, a);
  return f32x4.sub(f32x4.sub(a, f32x4.sub(d, back)), f32x4.add(b, back));
}

/** A power whose exponent lacks `lost`. */
@inline
function scaledBy(power: v128, lost: v128): v128 {
  return f32x4.add(power, f32x4.mul(power, lost));
}

/** Differences that are none show a logit that is: `ordered` is their sum. */
@inline
function noteSum(row: i32, sum: v128, ordered: v128): void {
  const total = f64x2.add(sum, widen(v128.and(ordered, f32x4.ne(ordered, ordered))));
  store<f64>(base + (row << 3), f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1), SUM);
}

/** Puts the logit of each row's target to MARGIN, and NaN in its place, which comparisons leave aside. */
@inline
function takeOwn(rows: i32, next: usize, lanes: i32, place: usize): void {
  for (let row = 0; row < rows; row++) {
    const target = targetAt(row, next, lanes);
    store<f32>(base + (row << 2), load<f32>(target + place), MARGIN);
    store<f32>(target + place, NaN);
  }
}

/** Puts below all others in its place. */
@inline
function setOwnBelow(rows: i32, next: usize, lanes: i32, place: usize): void {
  for (let row = 0; row < rows; row++) {
    store<f32>(targetAt(row, next, lanes) + place, load<f32>(base + (row << 2), SLOPE) - BELOW);
  }
}

/** Where a row's target is, rows being `next` bytes long; with `lanes`, where four rows lie beside each other, class after class. */
@inline
function targetAt(row: i32, next: usize, lanes: i32): usize {
  const target = <i32>load<f64>(base + (row << 3), TARGET);
  return base + (lanes ? (row & ~3) * next + (target << 4) + ((row & 3) << 2) : row * next + (target << 2));
}

/**
 * From own logits at MARGIN, the largest others at SLOPE and the least at ROW_VALUE: own − largest to DIFFERENCE, in float64. NaN unless
 * all are finite, and so far from the ends of float32 that below is below.
 */
@inline
function differences(rows: i32): void {
  const none = f64x2.splat(NaN);
  for (let row = 0; row < rows; row += 4) {
    const own = v128.load(base + (row << 2), MARGIN);
    const most = v128.load(base + (row << 2), SLOPE);
    const least = v128.load(base + (row << 2), ROW_VALUE);
    const isFinite = v128.and(f32x4.lt(most, f32x4.splat(Infinity)), f32x4.gt(least, f32x4.splat(-Infinity)));
    const isOwn = f32x4.eq(f32x4.sub(own, own), f32x4.splat(0));
    const good = v128.and(v128.and(isFinite, isOwn), f32x4.lt(f32x4.sub(most, f32x4.splat(BELOW)), most));
    const first = f64x2.sub(f64x2.promote_low_f32x4(own), f64x2.promote_low_f32x4(most));
    const last = f64x2.sub(f64x2.promote_low_f32x4(lastTwo(own)), f64x2.promote_low_f32x4(lastTwo(most)));
    v128.store(base + (row << 3), v128.bitselect(first, none, v128.shuffle<i32>(good, good, 0, 0, 1, 1)), DIFFERENCE);
    v128.store(base + (row << 3), v128.bitselect(last, none, v128.shuffle<i32>(good, good, 2, 2, 3, 3)), DIFFERENCE + 16);
  }
  // What fills the last vector up is of any finite numbers.
  for (let row = rows; row < ((rows + 3) & ~3); row++) {
    store<f64>(base + (row << 3), 0, DIFFERENCE);
    store<f64>(base + (row << 3), 1, SUM);
  }
}

@inline
function lastTwo(a: v128): v128 {
  return v128.shuffle<i32>(a, a, 2, 3, 2, 3);
}

/** As {@link rowSums} for rows of few classes, four rows at a time; the exponentials go to HESS, class after class of four rows. */
export function shortRowSums(rows: i32, classes: i32, forGrad: i32): void {
  const next: usize = classes << 2;
  const all = (rows + 3) & ~3;
  for (let row = 0; row < rows; row += 4) {
    const first = base + row * next;
    const stop = first + 4 * next;
    for (let from = first, to = first; to < stop; from += 4, to += 16) {
      let x = v128.load32_zero(from, X);
      x = v128.load32_lane(from + next, x, 1, X);
      x = v128.load32_lane(from + 2 * next, x, 2, X);
      x = v128.load32_lane(from + 3 * next, x, 3, X);
      v128.store(to, x, HESS);
    }
  }
  takeOwn(all, next, 1, HESS);

  for (let row = 0; row < rows; row += 4) {
    const first = base + row * next;
    const stop = first + 4 * next;
    let most = f32x4.splat(-Infinity);
    let least = f32x4.splat(Infinity);
    for (let at = first; at < stop; at += 16) {
      const x = v128.load(at, HESS);
      most = f32x4.pmax(most, x);
      least = f32x4.pmin(least, x);
    }
    v128.store(base + (row << 2), most, SLOPE);
    v128.store(base + (row << 2), least, ROW_VALUE);
  }
  setOwnBelow(all, next, 1, HESS);

NEAR_CONSTANTS
  const whole = f32x4.add(magic, f32x4.splat(24));
  const near = f32x4.splat(forGrad ? NEAR : NEAR_IN_SUM);
  for (let row = 0; row < rows; row += 4) {
    const most = v128.load(base + (row << 2), SLOPE);
    const least = v128.load(base + (row << 2), ROW_VALUE);
    if (!i32x4.all_true(f32x4.le(f32x4.sub(most, least), near))) {
      const from = base + row * next + HESS;
      farSums(from, from, from + 4 * next, most, most);
      noteSums(row, v128.load(base, FIRST), v128.load(base, LAST), v128.load(base, ORDERED));
      continue;
    }
    let at = base + row * next;
    const stop = at + 4 * next;
    let first = f64x2.splat(0);
    let last = f64x2.splat(0);
    let ordered = f32x4.splat(0);
    while (at < stop) {
      const end = min(at + WIDENED, stop);
      let few = f32x4.splat(0);
      for (; at < end; at += 16) {
        const d = f32x4.sub(v128.load(at, HESS), most);
        const share = EXP_NEAR(d);
        v128.store(at, share, HESS);
        ordered = f32x4.add(ordered, d);
        few = f32x4.add(few, share);
      }
      first = f64x2.add(first, f64x2.promote_low_f32x4(few));
      last = f64x2.add(last, f64x2.promote_low_f32x4(lastTwo(few)));
    }
    noteSums(row, first, last, ordered);
  }
  differences(rows);
  for (let row = 0; row < all; row++) store<f32>(targetAt(row, next, 1), 0, HESS);
}

/** As {@link noteSum}, four rows. */
@inline
function noteSums(row: i32, first: v128, last: v128, ordered: v128): void {
  const none = v128.and(ordered, f32x4.ne(ordered, ordered));
  v128.store(base + (row << 3), f64x2.add(first, f64x2.promote_low_f32x4(none)), SUM);
  v128.store(base + (row << 3), f64x2.add(last, f64x2.promote_low_f32x4(lastTwo(none))), SUM + 16);
}

/**
 * The margins of `rows` rows, difference − log(sum), to MARGIN, and what float32 lacks of them to MARGIN_LOW. 1 if all are
 * finite.
 */
export function rowMargins(rows: i32): i32 {
  const rootHalf = i64x2.splat(0x3fe6a09e667f3bcd);
  const whole = i64x2.splat(0x4330000000000000);
  let poison = f64x2.splat(0);
  for (let row = 0; row < rows; row += 2) {
    // Counted from √½ on, the bits of the exponent are those of the nearest power of two; the sum is at least 1.
    const sum = v128.load(base + (row << 3), SUM);
    const steps = i64x2.shr_u(i64x2.sub(sum, rootHalf), 52);
    const exponent = f64x2.sub(v128.or(steps, whole), whole);
    const fraction = i64x2.sub(sum, i64x2.shl(steps, 52));
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

/**
 * What {@link spread} multiplies by: the slopes at ROW_GRAD as float32 to WEIGHT, for the target, and −slope / sum to VALUE, for the
 * exponentials. 1 if one of the latter is above 2.
 */
export function rowSlopes(rows: i32): i32 {
  let large = i64x2.splat(0);
  for (let row = 0; row < rows; row += 2) {
    const slope = v128.load(base + (row << 3), ROW_GRAD);
    const others = f64x2.div(f64x2.neg(slope), v128.load(base + (row << 3), SUM));
    v128.store64_lane(base + (row << 2), f32x4.demote_f64x2_zero(slope), 0, WEIGHT);
    v128.store64_lane(base + (row << 2), f32x4.demote_f64x2_zero(others), 0, VALUE);
    large = v128.or(large, f64x2.gt(f64x2.abs(others), f64x2.splat(2)));
  }
  return i32(v128.any_true(large));
}

/** Gradients from `to` on, of the exponentials at GRAD: each times its row's factor at VALUE, and at the target WEIGHT's entry. */
export function spread(rows: i32, classes: i32, to: usize): void {
  for (let row = 0; row < rows; row++) {
    const factor = v128.load32_splat(base + (row << 2), VALUE);
    let from: usize = base + ((row * classes) << 2);
    let at: usize = to + ((row * classes) << 2);
    const stop = at + ((classes & ~3) << 2);
    for (; at < stop; at += 16, from += 16) v128.store(at, f32x4.mul(v128.load(from, GRAD), factor));
    for (let j = classes & ~3; j < classes; j++, at += 4, from += 4) {
      store<f32>(at, load<f32>(from, GRAD) * f32x4.extract_lane(factor, 0));
    }
    store<f32>(to + ((row * classes + <i32>load<f64>(base + (row << 3), TARGET)) << 2), load<f32>(base + (row << 2), WEIGHT));
  }
}

/** As {@link spread}, from HESS, where {@link shortRowSums} has left the exponentials; of rows up to the next whole four. */
export function shortSpread(rows: i32, classes: i32, to: usize): void {
  const next: usize = classes << 2;
  for (let row = 0; row < rows; row += 4) {
    const factor = v128.load(base + (row << 2), VALUE);
    let from: usize = base + ((row * classes) << 2);
    const stop = from + (classes << 4);
    for (let at: usize = to + ((row * classes) << 2); from < stop; from += 16, at += 4) {
      const slopes = f32x4.mul(v128.load(from, HESS), factor);
      storeRows(at, next, slopes);
    }
    for (let lane = row; lane < row + 4; lane++) {
      const target = <i32>load<f64>(base + (lane << 3), TARGET);
      store<f32>(to + ((lane * classes + target) << 2), load<f32>(base + (lane << 2), WEIGHT));
    }
  }
}

/** The least of a row's exponentials, but for the target's. */
export function leastShare(row: i32, classes: i32, isShort: i32): f32 {
  const target = <i32>load<f64>(base + (row << 3), TARGET);
  const place = isShort ? (((row & ~3) * classes) << 2) + ((row & 3) << 2) + (HESS - GRAD) : (row * classes) << 2;
  const from: usize = base + place;
  let least: f32 = 1;
  for (let j = 0; j < classes; j++) {
    if (j != target) least = min(least, load<f32>(from + (j << (isShort ? 4 : 2)), GRAD));
  }
  return least;
}

/** All ones in the first `n` lanes. */
@inline
function tailMask(n: i32): v128 {
  return i32x4.gt_s(i32x4.splat(n), i32x4(0, 1, 2, 3));
}
