import type { Member } from '../src/index.ts';

/** Numbers that are not round for every parameter of a member: beside the default, and within its bounds. */
export function settingOf({ params }: Member): Record<string, number> {
  return Object.fromEntries(
    Object.entries(params).map(([name, { default: usual, max = Infinity, flag }], i) => [
      name,
      flag ? usual : Math.min(usual * 0.83 + 0.11 * (i + 1), max),
    ]),
  );
}

/** Whether a member holds a weight or target fixed, so that its derivative is not that of its value. */
export const isHeld = (member: Member): boolean => member.untold?.(settingOf(member))?.includes('held') ?? false;
