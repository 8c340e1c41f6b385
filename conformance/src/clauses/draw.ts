import type { Param } from '@focal-loss/core';
import type { Dtype } from '../compare.ts';
import type { FamilyFactory, Setting } from '../family.ts';
import { toNumbers } from '../numbers.ts';
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

  /** Any value of a parameter that is of use: up to two and a half times the default, or |β| ≤ `widest`. */
  param({ default: usual, min, max = Infinity, exclusive = false, flag }: Param, widest: number): number | boolean {
    if (flag) return this.next() < 0.5;
    if (this.next() < 1 / 3) return usual;
    if (min === undefined) return this.between(-widest, widest);
    const reach = usual - min || 1;
    // The accuracy that is promised is that of exponents up to 5, or whatever the default is.
    return Math.min(min + this.between(exclusive ? 0.1 : 0, 2.5) * reach, max, Math.max(usual, 5));
  }

  setting({ member }: FamilyFactory, widest: number): Setting {
    return Object.fromEntries(Object.entries(member.params).map(([name, param]) => [name, this.param(param, widest)]));
  }

  numbers(length: number, one: () => number, dtype: Dtype): number[] {
    return Array.from(toNumbers(Array.from({ length }, one), dtype));
  }
}
