// Rows that are too far from their own logit for sums.ts: exponentials relative to the largest of the others, and whatever rounding takes
// from a difference put back.

/** By how much the largest logit of a row exceeds what stands for no class: e^−80 is nothing beside 1, and a normal number. */
const BELOW: f32 = 80;
/** Up to there an exponential is a normal number. */
const NORMAL: f32 = 84;
/** By how much it exceeds what has a share of 0, as what masks a class does: e^−104 is less than half of the least float32. */
const NOTHING: f32 = 104;

/** As `rowSums`, a row at X. */
function farRow(row: i32, classes: i32, lastMask: v128): void {
  const from: usize = base + ((row * classes) << 2);
  const target = from + (classOf(row) << 2);
  const end = from + ((classes & ~3) << 2);
  // What is NaN does not count.
  store<f32>(target, NaN, X);
  const none = f32x4.splat(-Infinity);
  let most = f32x4.pmax(none, v128.bitselect(v128.load(end, X), none, lastMask));
  for (let at = from; at < end; at += 16) most = f32x4.pmax(most, v128.load(at, X));
  most = f32x4.pmax(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
  most = f32x4.pmax(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2));
  store<f32>(target, f32x4.extract_lane(most, 0) - BELOW, X);
  farSums(from + X, from + GRAD, from + GRAD + (classes << 2), most, lastMask);
  const sum = f64x2.add(v128.load(base, FIRST), v128.load(base, LAST));
  const difference = farDifference(v128.load32_splat(base + (row << 2), MARGIN), most);
  const none64 = widen(noneOf(v128.load(base, ORDERED)));
  store<f64>(base + (row << 3), f64x2.extract_lane(f64x2.add(difference, none64), 0) + f64x2.extract_lane(none64, 1), DIFFERENCE);
  store<f64>(base + (row << 3), f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1), SUM);
}

/** As `shortRowSums`, four rows at `from`. */
function farShortRows(row: i32, classes: i32, from: usize): void {
  transpose(row, classes, from);
  const start: usize = base + HESS + ((row * classes) << 2);
  const stop = start + (classes << 4);
  for (let lane = row; lane < row + 4; lane++) store<f32>(shortOwn(lane, classes), NaN);
  let most = f32x4.splat(-Infinity);
  for (let at = start; at < stop; at += 16) most = f32x4.pmax(most, v128.load(at));
  v128.store(base + (row << 2), most, SLOPE);
  for (let lane = row; lane < row + 4; lane++) {
    store<f32>(shortOwn(lane, classes), load<f32>(base + (lane << 2), SLOPE) - BELOW);
  }
  farSums(start, start, stop, most, most);
  const own = v128.load(base + (row << 2), MARGIN);
  const none = noneOf(v128.load(base, ORDERED));
  const first = f64x2.add(farDifference(own, most), f64x2.promote_low_f32x4(none));
  const last = f64x2.add(farDifference(lastTwo(own), lastTwo(most)), f64x2.promote_low_f32x4(lastTwo(none)));
  v128.store(base + (row << 3), first, DIFFERENCE);
  v128.store(base + (row << 3), last, DIFFERENCE + 16);
  v128.store(base + (row << 3), v128.load(base, FIRST), SUM);
  v128.store(base + (row << 3), v128.load(base, LAST), SUM + 16);
}

/** 0 of a finite sum of differences; NaN where one of their logits is none or infinite. */
@inline
function noneOf(ordered: v128): v128 {
  return f32x4.mul(ordered, f32x4.splat(0));
}

/** own − most of the first two lanes, in float64; NaN unless both are finite, and so far from the ends of float32 that below is below. */
@inline
function farDifference(own: v128, most: v128): v128 {
  const isBelow = f32x4.lt(f32x4.sub(most, f32x4.splat(BELOW)), most);
  const good = v128.and(isBelow, f32x4.eq(f32x4.sub(own, own), f32x4.splat(0)));
  const difference = f64x2.sub(f64x2.promote_low_f32x4(own), f64x2.promote_low_f32x4(most));
  return v128.bitselect(difference, f64x2.splat(NaN), v128.shuffle<i32>(good, good, 0, 0, 1, 1));
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
  const below = f32x4.sub(most, f32x4.splat(BELOW));
  let first = f64x2.splat(0);
  let last = f64x2.splat(0);
  let ordered = f32x4.splat(0);
  for (; to < stop; from += 16, to += 16) {
    let x = v128.load(from);
    if (to + 16 > stop) x = v128.bitselect(x, below, lastMask);
    const d = f32x4.sub(x, most);
    const lost = lostInDifference(x, most, d);
    const isNormal = f32x4.ge(d, f32x4.splat(-NORMAL));
    let share: v128;
    if (i32x4.all_true(v128.or(isNormal, f32x4.lt(d, f32x4.splat(-NOTHING))))) {
      const near = f32x4.pmax(f32x4.splat(-NORMAL), d);
      const scaled = madd(near, perUnit, round);
      const r = f32x4.add(remainderOf(near, scaled, round, stepHigh, stepLow), lost);
      share = v128.and(i32x4.add(f32x4.add(one, RISE(r)), i32x4.shl(scaled, 23)), isNormal);
    } else {
      const power = EXP(f32x4.neg(d));
      share = f32x4.add(power, f32x4.mul(power, lost));
    }
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
