import type { Part } from '@focal-loss/core';

/** The parts that the suite compares. */
export const comparedParts = ['value', 'grad', 'hess', 'posterior'] as const satisfies readonly Part[];

/** Those that are asked for together nearly everywhere. */
export const usualParts = ['value', 'grad'] as const satisfies readonly Part[];

/** One of these. */
export type UsualPart = (typeof usualParts)[number];

/** One of all. */
export type ComparedPart = (typeof comparedParts)[number];

/** Something for each of them. */
export const ofParts = <T>(make: (part: ComparedPart) => T): Record<ComparedPart, T> =>
  Object.fromEntries(comparedParts.map((part) => [part, make(part)])) as Record<ComparedPart, T>;

/** One number beside what it should be. */
export interface Deviation {
  /** The check it was met in. */
  readonly check: string;
  readonly part: ComparedPart;
  readonly expected: number;
  readonly got: number;
  /** Relative, as `compare` defines it. */
  readonly error: number;
  /** Position in the array of values or gradients. */
  readonly index?: number;
  readonly logit?: number;
  readonly target?: number;
}

/** Where a number belongs. */
export interface Place {
  readonly logit?: number;
  readonly target?: number;
}

/** The largest error of each part. */
export type Worst = Readonly<Partial<Record<ComparedPart, Deviation>>>;

/** The larger of two errors of each part. */
export function worse(a: Worst, b: Worst): Worst {
  const worst: { -readonly [P in ComparedPart]?: Worst[P] } = { ...a };
  for (const [part, other] of Object.entries(b) as [ComparedPart, Deviation][]) {
    const known = a[part];
    if (known === undefined || other.error > known.error) worst[part] = other;
  }
  return worst;
}
