/**
 * Parts of a formula under names of their own, as a paper has them: "B, with B = …". A formula that has a choice of cases
 * inside another is wider than any page otherwise.
 */
import type { Ops } from '@focal-loss/core';
import { print, symbol, type Tidy, tidy } from './tidy.ts';

/** What stands in a formula until it is known which letter is next. */
const part = /\\part(\d+)\{\}/g;
const LETTERS = 'ABCDEGHKMN';

/** An algebra that names its parts, and what spells them out. A part that two formulas share has one name. */
export interface Named {
  readonly ops: Ops<Tidy>;
  /** A formula with letters in it, and those of its parts that no formula before it had, each as `A = …`. */
  spell(terms: Tidy): { readonly code: string; readonly parts: readonly (readonly [letter: string, code: string])[] };
}

/** @param written How terms become LaTeX on the page. */
export function naming(written: (terms: Tidy) => string): Named {
  const meanings: Tidy[] = [];
  const letters = new Map<number, string>();

  /** A symbol for what a part is; a second part of the same code is the first. */
  function name(meaning: Tidy): Tidy {
    const { code } = print(meaning);
    const known = meanings.findIndex((one) => print(one).code === code);
    return symbol(`\\part${known < 0 ? meanings.push(meaning) - 1 : known}{}`);
  }

  /** Only what the plain algebra leaves as one piece has a name: a number or a sum does not become a letter. */
  const whole = (plain: Tidy, code: string) =>
    plain.length === 1 && plain[0].factors.length === 1 && plain[0].factors[0].code.includes(code)
      ? name(plain)
      : plain;

  const ops: Ops<Tidy> = {
    ...tidy,
    max: (a, b) => whole(tidy.max(a, b), ']_+'),
    where: (test, a, b) => whole(tidy.where(test, a, b), '\\begin{cases}'),
    // A long exponent is small print that nobody reads.
    exp: (a) => (a.length > 1 ? name(tidy.exp(a)) : tidy.exp(a)),
  };

  function spell(terms: Tidy): ReturnType<Named['spell']> {
    const parts: [string, string][] = [];
    const waiting: number[] = [];
    const lettered = (code: string) =>
      code.replace(part, (_, digits: string) => {
        const index = Number(digits);
        if (!letters.has(index)) {
          if (letters.size === LETTERS.length) throw new Error(`a formula has more than ${LETTERS.length} parts`);
          letters.set(index, LETTERS[letters.size]);
          waiting.push(index);
        }
        return letters.get(index) as string;
      });
    // A formula that is nothing but one part is that part.
    const [, alone] = /^\\part(\d+)\{\}$/.exec(written(terms)) ?? [];
    const code = lettered(written(alone === undefined ? terms : meanings[Number(alone)]));
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      parts.push([letters.get(index) as string, lettered(written(meanings[index]))]);
    }
    return { code, parts };
  }

  return { ops, spell };
}
