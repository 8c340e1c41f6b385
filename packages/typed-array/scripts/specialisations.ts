import type { Member } from '@focal-loss/core';

/** Settings that are worth programs beside the common values of single parameters, or instead. */
const TOGETHER: Readonly<Record<string, readonly Record<string, number>[]>> = {
  // Both powers are products, as they are set by default; and without a margin they are powers of sigmoids.
  asymmetric: [{ gammaPositive: 1, gammaNegative: 4 }, { margin: 0 }],
  gaussianFocal: [{ alpha: 2, beta: 4 }],
};

/**
 * The parameter values to write programs for: every common value of each parameter alone, then none fixed; and each of
 * those for every setting of the switches, which change what a formula is.
 */
export function specialisations({ key, params }: Member): Record<string, number>[] {
  const entries = Object.entries(params);
  const alone = entries.flatMap(([name, param]) => (param.common ?? []).map((value) => ({ [name]: value })));
  const common: readonly Record<string, number>[] = TOGETHER[key] ?? alone;
  return entries
    .filter(([, { flag }]) => flag)
    .reduce<Record<string, number>[]>(
      (all, [name]) => all.flatMap((when) => [0, 1].map((value) => ({ ...when, [name]: value }))),
      [...common, {}],
    );
}
