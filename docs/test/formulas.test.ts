/** The formulas of the mathematics page: parts that have names are those of the formula as core prints it. */
import { type Formula, formulas, type Ops, type Params, valueAndDerivative } from '@focal-loss/core';
import { expect, it } from 'vitest';
import { type Named, naming } from '../site/sections/named.ts';
import { print, symbol, type Tidy, tidy } from '../site/sections/tidy.ts';

const code = (terms: Tidy) => print(terms).code;

/** A formula with the meaning of each letter put back in its place. */
function whole(terms: Tidy, spell: Named['spell'], known: Map<string, string>): string {
  const { code, parts } = spell(terms);
  for (const [letter, meaning] of parts) known.set(letter, meaning);
  const back = (text: string): string =>
    text.replace(/(?<![\w\\{])[A-Z](?!\w)|(?<=\{)[A-Z](?=\})/g, (letter) => back(known.get(letter) ?? letter));
  return back(code);
}

it.each(formulas.family.map((member) => [member.key, member] as const))(
  '%s: names of parts change how it is written, and nothing else',
  (_, { params, formula }) => {
    const { ops, spell } = naming(code);
    const known = new Map<string, string>();
    const named: Params<Tidy> = Object.fromEntries(
      Object.entries(params).map(([name, { flag, default: or }]) => [
        name,
        flag ? tidy.constant(or) : symbol(`\\${name.toLowerCase()}`),
      ]),
    );
    for (const label of [symbol('y'), tidy.constant(1), tidy.constant(0)]) {
      const both = (algebra: Ops<Tidy>) => valueAndDerivative(formula as Formula, algebra, symbol('x'), label, named);
      const [plain, short] = [both(tidy), both(ops)];
      expect(whole(short.value, spell, known)).toBe(code(plain.value));
      expect(whole(short.derivative, spell, known)).toBe(code(plain.derivative));
    }
  },
);
