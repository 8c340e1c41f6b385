// The constants and the exponential, in capitals, are filled in by scripts/emit-simd.ts.

/**
 * Rows of logits at X, one after the other, `classes` each, targets as class indices at Y. For each row: the largest
 * logit of the other classes and the sum of their e^(x − largest), as float64 at ROWS; those exponentials go to GRAD, with
 * 0 at the target. A row with a logit that is NaN or infinite gets the sum NaN.
 */
export function rowSums(rows: i32, classes: i32): void {
  // Below every finite logit, and finite itself.
  const least = f32x4.splat(-3.4028234663852886e38);
  const zero = f32x4.splat(0);
  const whole = classes & ~3;
  const lastMask = tailMask(classes - whole);
ROW_CONSTANTS
  for (let row = 0; row < rows; row++) {
    const start = row * classes;
    const target = start + <i32>load<f32>(row << 2, Y);
    const own = load<f32>(target << 2, X);
    store<f32>(target << 2, -3.4028234663852886e38, X);

    let largest = least;
    let at = start << 2;
    const stop = (start + whole) << 2;
    for (; at < stop; at += 16) largest = f32x4.pmax(largest, v128.load(at, X));
    largest = f32x4.pmax(largest, v128.bitselect(v128.load(at, X), least, lastMask));
    largest = f32x4.pmax(largest, v128.shuffle<i32>(largest, largest, 2, 3, 0, 1));
    largest = f32x4.pmax(largest, v128.shuffle<i32>(largest, largest, 1, 0, 3, 2));

    let sum = f64x2.splat(0);
    let poison = zero;
    for (at = start << 2; at < stop; at += 16) {
      const x = v128.load(at, X);
      const d = f32x4.sub(largest, x);
      const share = corrected(EXP(d), d, largest, x);
      poison = f32x4.add(poison, f32x4.mul(x, zero));
      sum = f64x2.add(sum, widen(share));
      v128.store(at, share, GRAD);
    }
    if (classes > whole) {
      const x = v128.bitselect(v128.load(at, X), least, lastMask);
      const d = f32x4.sub(largest, x);
      const share = corrected(EXP(d), d, largest, x);
      poison = f32x4.add(poison, f32x4.mul(x, zero));
      sum = f64x2.add(sum, widen(share));
      // May reach into the next row, which is written later.
      v128.store(at, share, GRAD);
    }
    store<f32>(target << 2, own, X);
    store<f32>(target << 2, 0, GRAD);
    poison = f32x4.add(poison, f32x4.splat(own * 0));
    const checked = f64x2.add(sum, widen(poison));
    store<f64>(row << 4, <f64>f32x4.extract_lane(largest, 0), ROWS);
    store<f64>(row << 4, f64x2.extract_lane(checked, 0) + f64x2.extract_lane(checked, 1), ROWS + 8);
  }
}

/** Turns the exponentials at GRAD into gradients: each times its row's factor at VALUE, and at the target WEIGHT's entry. */
export function spread(rows: i32, classes: i32): void {
  const whole = classes & ~3;
  for (let row = 0; row < rows; row++) {
    const factor = f32x4.splat(load<f32>(row << 2, VALUE));
    let at = (row * classes) << 2;
    const stop = at + (whole << 2);
    for (; at < stop; at += 16) v128.store(at, f32x4.mul(v128.load(at, GRAD), factor), GRAD);
    for (let j = whole; j < classes; j++, at += 4) store<f32>(at, load<f32>(at, GRAD) * load<f32>(row << 2, VALUE), GRAD);
    store<f32>((row * classes + <i32>load<f32>(row << 2, Y)) << 2, load<f32>(row << 2, WEIGHT), GRAD);
  }
}

/** The least of a row's exponentials at GRAD, but for the target's. */
export function leastShare(row: i32, classes: i32): f32 {
  const target = <i32>load<f32>(row << 2, Y);
  let least: f32 = 1;
  for (let j = 0, at = (row * classes) << 2; j < classes; j++, at += 4) {
    if (j != target) least = min(least, load<f32>(at, GRAD));
  }
  return least;
}

/** e^−(a − b), given the rounded difference d and e^−d: what rounding took from d is a relative error of the power. */
@inline
function corrected(power: v128, d: v128, a: v128, b: v128): v128 {
  const back = f32x4.sub(d, a);
  const lost = f32x4.sub(f32x4.sub(a, f32x4.sub(d, back)), f32x4.add(b, back));
  return f32x4.sub(power, f32x4.mul(power, lost));
}

/** All ones in the first `n` lanes. */
@inline
function tailMask(n: i32): v128 {
  return i32x4.gt_s(i32x4.splat(n), i32x4(0, 1, 2, 3));
}
