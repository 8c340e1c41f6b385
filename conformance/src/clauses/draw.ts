import type { Param } from '@focal-loss/core';
import type { Dtype } from '../compare.ts';
import type { FamilyFactory, Setting } from '../family.ts';
import { round } from '../numbers.ts';
import { random } from './random.ts';

/** Draws from a seed. */
export class Draw {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = random(seed);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  oneOf<T>(...choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)];
  }

  /** In (0, 1), as often near an end as in between, down to 10^−digits of it. */
  share(digits: number): number {
    const small = 10 ** -this.between(0, digits);
    return this.oneOf(this.next(), small, 1 - small);
  }

  /**
   * Any value of a parameter that is of use: the default, the least, numbers that implementations treat apart, or any between, up
   * to `highest` or |β| ≤ `widest`.
   */
  param(
    { default: usual, min, max = Infinity, exclusive = false, flag }: Param,
    widest: number,
    highest: number,
  ): number | boolean {
    if (flag) return this.next() < 0.5;
    const way = this.next();
    if (way < 0.2) return usual;
    if (min === undefined) return this.oneOf(0, 1, ...Array.from({ length: 6 }, () => this.between(-widest, widest)));
    const most = Math.min(max, Math.max(usual, highest));
    // Not what lies on the bend of a formula: margins and floors have a largest value.
    const special = max === Infinity ? this.oneOf(0.5, 1, 2, 3, min, 0) : min;
    if (way < 0.42) return special < min || (exclusive && special === min) ? usual : special;
    // Beside such a number lies one that is not it.
    if (way < 0.5) {
      const beside = Math.max(special, usual) + this.oneOf(-1, 1, 1) * 10 ** -this.between(2, 7);
      return beside > min ? Math.min(beside, most) : usual;
    }
    const reach = usual - min || 1;
    const least = min + (exclusive ? 0.1 * reach : 0);
    if (way < 0.65 && max === Infinity) return Math.min(min + this.between(exclusive ? 0.1 : 0, 0.25) * reach, most);
    // What has a largest value takes any up to a half of it; any number will do for what has none.
    const far = Number.isFinite(max) && way > 0.8 ? (min + max) / 2 : min + 2.5 * reach;
    return Math.min(this.between(least, Number.isFinite(max) ? far : Math.max(far, highest)), most);
  }

  /**
   * One of each parameter of a member.
   *
   * @param highest The accuracy that is promised is that of exponents up to 5, or whatever the default is.
   */
  setting({ member }: FamilyFactory, widest: number, highest = 5): Setting {
    return Object.fromEntries(
      Object.entries(member.params).map(([name, param]) => [name, this.param(param, widest, highest)]),
    );
  }

  shuffled<T>(all: readonly T[]): T[] {
    const keyed = all.map((one) => [this.next(), one] as const);
    return keyed.sort(([a], [b]) => a - b).map(([, one]) => one);
  }

  numbers(length: number, one: () => number, dtype: Dtype): number[] {
    const numbers = new Array<number>(length);
    for (let i = 0; i < length; i++) numbers[i] = round(one(), dtype);
    return numbers;
  }
}
