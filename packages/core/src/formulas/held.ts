import type { Ops } from '../ops.ts';

/** `a`, with its derivative taken as 0 where the flag is 1. */
export function heldIf<T>(o: Ops<T>, flag: T, a: T): T {
  return o.where(flag, o.detach(a), a);
}
