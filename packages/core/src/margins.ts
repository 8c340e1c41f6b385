import type { TensorOps } from './tensor.ts';

/**
 * The margins of all classes of rows, z_c = x_c − logsumexp(x_j, j ≠ c), and what slopes are sent to the other classes by: with
 * e = e^(x − largest), r_j = e_j / S_c at class c but at M, the class of the largest, with `ofTop` its own.
 */
export function allMargins<T>(o: TensorOps<T>, x: T) {
  const top = o.first(x);
  const ofTop = margins(o, x, top);
  const largest = o.maxRow(x);
  const e = o.share(x, largest);
  const sums = o.choose(top, o.constant(1), o.sub(o.sumRow(e), e));
  const z = o.choose(top, ofTop.z, o.difference(o.difference(x, largest), o.log(sums)));
  return { z, e, sums, top, ofTop };
}

/**
 * The margins of rows, as a column, and the softmax r over the classes that are not the row's, 0 at that class; and 1 − r
 * without the subtraction.
 */
export function margins<T>(
  o: TensorOps<T>,
  x: T,
  hot: T,
): { readonly z: T; readonly others: T; readonly rest: () => T } {
  const largest = o.maxRow(o.choose(hot, o.constant(-Infinity), x));
  const shares = o.choose(hot, o.constant(0), o.share(x, largest));
  const total = o.sumRow(shares);
  const z = o.difference(o.difference(o.pick(x, hot), largest), o.log(total));
  return { z, others: o.div(shares, total), rest: () => o.div(o.sumOthers(shares), total) };
}
