import { type ComparedPart, type Place, type UsualPart, usualParts } from './deviation.ts';

/** The worst error near one logit. */
export interface CurvePoint {
  readonly logit: number;
  readonly error: number;
  /** The check it was met in. */
  readonly check: string;
}

/** The worst errors against the truth along the axis of logits. */
export type Curves = Readonly<Record<UsualPart, readonly CurvePoint[]>>;

/** A logit's place on the axis of plots: proportional near 0, logarithmic far from it, so that both tails are seen. */
export const toAxis = (logit: number): number => Math.asinh(logit) / Math.LN10;

/** Places a unit of the axis, which is a factor of ten between large logits. */
const perUnit = 24;

/** Collects errors, and of those at neighbouring logits keeps the worst: thousands of numbers make a few hundred. */
export class Curve {
  private readonly places = new Map<ComparedPart, Map<number, CurvePoint>>(usualParts.map((part) => [part, new Map()]));

  /** Takes one error in. What has no finite logit has no place on the axis. */
  add(part: ComparedPart, error: number, check: string, { logit }: Place): void {
    if (logit === undefined || !Number.isFinite(logit)) return;
    const place = Math.round(toAxis(logit) * perUnit);
    const known = this.places.get(part)?.get(place);
    if (known === undefined || error > known.error) this.places.get(part)?.set(place, { logit, error, check });
  }

  /** What was collected, from the smallest logit to the largest. */
  get curves(): Curves {
    const sorted = (part: UsualPart) => [...(this.places.get(part)?.values() ?? [])].sort((a, b) => a.logit - b.logit);
    return { value: sorted('value'), grad: sorted('grad') };
  }
}
