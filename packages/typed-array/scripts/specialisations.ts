import type { Member } from '@focal-loss/core';

/** The parameter values to write programs for: every common value of each parameter alone, then none fixed. */
export function specialisations(member: Member): Record<string, number>[] {
  const common = Object.entries(member.params).flatMap(([name, param]) =>
    (param.common ?? []).map((value) => ({ [name]: value })),
  );
  return [...common, {}];
}
