/** What was compared. */
export type Part = 'value' | 'grad';

/** One number beside what it should be. */
export interface Deviation {
  /** The check it was met in. */
  readonly check: string;
  readonly part: Part;
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
export type Worst = Readonly<Partial<Record<Part, Deviation>>>;

/** The larger of two errors of each part. */
export function worse(a: Worst, b: Worst): Worst {
  const worst: { -readonly [P in Part]?: Worst[P] } = { ...a };
  for (const [part, other] of Object.entries(b) as [Part, Deviation][]) {
    const known = a[part];
    if (known === undefined || other.error > known.error) worst[part] = other;
  }
  return worst;
}
