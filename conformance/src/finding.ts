import { type Closeness, compare, isWithin } from './compare.ts';
import type { Curve } from './curve.ts';
import { type ComparedPart, comparedParts, ofParts, type Place, type Worst } from './deviation.ts';

/** How a row of numbers is to be compared. */
export interface Against {
  /**
   * What each error is relative to, if not the truth. A function is asked where an error relative to the truth itself is no small
   * part of the allowance: what it tells is never smaller than the truth.
   */
  readonly scale?: ArrayLike<number> | ((index: number) => number) | undefined;
  readonly tolerance?: number | undefined;
  /** Whether the errors belong to a plot against the logit. */
  readonly plotted?: boolean | undefined;
  /** Finds the input of the number at an index, for reports. */
  readonly place?: ((index: number) => Place) | undefined;
}

/** Collects what one check finds: the worst numbers, and everything that is wrong. */
export class Finding {
  /** The largest error of each part, within the allowance or not. */
  readonly worst: { -readonly [P in ComparedPart]?: Worst[P] } = {};
  /** How many numbers of each part were too far off. */
  readonly off: Record<ComparedPart, number> = ofParts(() => 0);
  /** Everything wrong that is not a number too far off. */
  readonly messages: string[] = [];
  private readonly check: string;
  private readonly closeness: Closeness;
  private readonly curve: Curve | undefined;

  constructor(check: string, closeness: Closeness, curve?: Curve) {
    this.check = check;
    this.closeness = closeness;
    this.curve = curve;
  }

  get failed(): boolean {
    return comparedParts.some((part) => this.off[part] > 0) || this.messages.length > 0;
  }

  /** One with the same allowance, for another try: what it finds counts only there. */
  another(): Finding {
    return new Finding(this.check, this.closeness);
  }

  /** Says in words what is wrong. */
  fail(message: string): void {
    this.messages.push(message);
  }

  /** Says what is wrong unless `condition` holds. */
  expect(condition: boolean, message: () => string): void {
    if (!condition) this.fail(message());
  }

  /** Compares numbers one by one with the truth, which starts over if it is shorter. */
  compare(
    part: ComparedPart,
    got: number | ArrayLike<number>,
    truth: number | ArrayLike<number>,
    { scale, tolerance, plotted = false, place }: Against = {},
  ): void {
    const numbers = typeof got === 'number' ? [got] : got;
    const truths = typeof truth === 'number' ? [truth] : truth;
    // One object for all: there may be millions of numbers.
    const closeness: { -readonly [K in keyof Closeness]: Closeness[K] } = { ...this.closeness, tolerance };
    const { dtype, allowance } = closeness;
    const isPlain = !plotted && typeof scale !== 'object';
    let known = this.worst[part];
    for (let i = 0, k = 0; i < numbers.length; i++, k++) {
      if (k === truths.length) k = 0;
      // No farther off than one before, and not too far.
      if (isPlain && known && isWithin(numbers[i], truths[k], Math.min(known.error, allowance), dtype)) continue;
      if (!plotted && known !== undefined && numbers[i] === truths[k]) continue;
      // An input repeated a million times has answers that repeat.
      if (!plotted && i >= truths.length && numbers[i] === numbers[i - truths.length] && this.off[part] === 0) continue;
      closeness.scale = typeof scale === 'object' ? scale[k] : undefined;
      let { close, error } = compare(numbers[i], truths[k], closeness);
      if (typeof scale === 'function' && error > closeness.allowance / 4) {
        closeness.scale = scale(k);
        ({ close, error } = compare(numbers[i], truths[k], closeness));
      }
      if (!close) this.off[part] += 1;
      if (plotted) this.curve?.add(part, error, this.check, place?.(i) ?? {});
      if (known !== undefined && error <= known.error) continue;
      const index = typeof got === 'number' ? {} : { index: i };
      known = {
        check: this.check,
        part,
        expected: truths[k],
        got: numbers[i],
        error,
        ...index,
        ...place?.(i),
      };
      this.worst[part] = known;
    }
  }
}
