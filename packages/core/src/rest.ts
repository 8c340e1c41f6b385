import type { Ops } from './ops.ts';

/**
 * An algebra that knows what a label `y` leaves of 1 with all its digits, for formulas to have it where they ask for 1 − y or for log y.
 * A label that was smoothed to nearly 1 has lost them: of 1 − 1e-8 a float64 leaves 1e-8 to eight digits.
 */
export const withRest = <T, O extends Ops<T>>(o: O, y: T, rest: T): O =>
  Object.assign(Object.create(o) as O, {
    sub: (a: T, b: T) => (b === y && o.literal(a) === 1 ? rest : o.sub(a, b)),
    log: (a: T) => (a === y ? o.where(o.sub(y, o.constant(0.5)), o.log1p(o.neg(rest)), o.log(y)) : o.log(a)),
  });
