// Gradients of softmax rows: the last of the steps of sums.ts, with what that leaves in memory.

/**
 * What {@link spread} multiplies by: the slopes at ROW_GRAD as float32 to WEIGHT, for the target, and −slope / sum to VALUE, for the
 * exponentials. 1 if one of the latter is above 2; 2 if one has no digits left, of a slope that has.
 */
export function rowSlopes(rows: i32): i32 {
  const tiny = f64x2.splat(1.1754943508222875e-38);
  let large = i64x2.splat(0);
  let faint = i64x2.splat(0);
  for (let row = 0; row < rows; row += 2) {
    const slope = v128.load(base + (row << 3), ROW_GRAD);
    const others = f64x2.div(f64x2.neg(slope), v128.load(base + (row << 3), SUM));
    v128.store64_lane(base + (row << 2), f32x4.demote_f64x2_zero(slope), 0, WEIGHT);
    v128.store64_lane(base + (row << 2), f32x4.demote_f64x2_zero(others), 0, VALUE);
    const size = f64x2.abs(others);
    large = v128.or(large, f64x2.gt(size, f64x2.splat(2)));
    faint = v128.or(faint, v128.and(f64x2.lt(size, tiny), f64x2.ge(f64x2.abs(slope), tiny)));
  }
  return v128.any_true(faint) ? 2 : i32(v128.any_true(large));
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
    store<f32>(to + ((row * classes + <i32>classOf(row)) << 2), load<f32>(base + (row << 2), WEIGHT));
  }
}

/** Stores a number each in the same place of four rows, which are `next` bytes apart. */
@inline
function storeRows(at: usize, next: usize, four: v128): void {
  v128.store32_lane(at, four, 0);
  v128.store32_lane(at + next, four, 1);
  v128.store32_lane(at + 2 * next, four, 2);
  v128.store32_lane(at + 3 * next, four, 3);
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
      const target = <i32>classOf(lane);
      store<f32>(to + ((lane * classes + target) << 2), load<f32>(base + (lane << 2), WEIGHT));
    }
  }
}

/** The least of a row's exponentials, but for the target's. */
export function leastShare(row: i32, classes: i32, isShort: i32): f32 {
  const target = <i32>classOf(row);
  const place = isShort ? (((row & ~3) * classes) << 2) + ((row & 3) << 2) + (HESS - GRAD) : (row * classes) << 2;
  const from: usize = base + place;
  let least: f32 = 1;
  for (let j = 0; j < classes; j++) {
    if (j != target) least = min(least, load<f32>(from + (j << (isShort ? 4 : 2)), GRAD));
  }
  return least;
}
