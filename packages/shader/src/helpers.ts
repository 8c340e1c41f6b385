import { helpers } from '@focal-loss/core';
import { type Language, TINY } from './language.ts';

/** An expression, and how tightly it holds together: 0 a truth, 1 a sum, 2 a product, 3 what needs no brackets. */
interface Term {
  readonly code: string;
  readonly binding: 0 | 1 | 2 | 3;
}

const atom = (code: string): Term => ({ code, binding: 3 });
const bracket = ({ code, binding }: Term, least: number): string => (binding < least ? `(${code})` : code);
const call = (name: string, ...args: readonly Term[]): Term =>
  atom(`${name}(${args.map(({ code }) => code).join(', ')})`);

// What stands behind a sign is bracketed unless it holds together more tightly: roundings have an order.
const sum = (a: Term, sign: '+' | '-', b: Term): Term => ({
  code: `${bracket(a, 1)} ${sign} ${bracket(b, 2)}`,
  binding: 1,
});
const product = (a: Term, sign: '*' | '/', b: Term): Term => ({
  code: `${bracket(a, 2)} ${sign} ${bracket(b, 3)}`,
  binding: 2,
});

/** Core's arithmetic of helpers as expressions; what gets a name goes to `write`, a statement each. */
function arithmetic(language: Language, write: (statement: string) => void): helpers.Arithmetic<Term> {
  const { syntax, choose, nearest } = language;
  const one = atom(syntax.number(1));
  const named = (name: string, { code }: Term): Term => {
    write(syntax.declare(name, code));
    return atom(name);
  };
  const o: helpers.Arithmetic<Term> = {
    format: helpers.float32Flushed,
    number: (value) => atom(syntax.number(value)),
    named,
    add: (a, b) => sum(a, '+', b),
    sub: (a, b) => sum(a, '-', b),
    mul: (a, b) => product(a, '*', b),
    div: (a, b) => product(a, '/', b),
    madd: (a, b, c) => sum(c, '+', product(a, '*', b)),
    neg: (a) => ({ code: `-${bracket(a, 3)}`, binding: 2 }),
    abs: (a) => call('abs', a),
    min: (a, b) => call('min', a, b),
    max: (a, b) => call('max', a, b),
    less: (a, b) => ({ code: `${bracket(a, 1)} < ${bracket(b, 1)}`, binding: 0 }),
    choose: (truth, a, b) => atom(choose(truth.code, a.code, b.code)),
    polynomial(x, _, { coefficients }) {
      const terms = coefficients.map((c) => atom(syntax.number(c)));
      // A long one is written in two.
      const end = terms.length > 6 ? [named('end', helpers.horner(o, x, terms.splice(5)))] : [];
      return helpers.horner(o, x, [...terms, ...end]);
    },
    // Not min, for which some compilers ask twice whether a number is one.
    until: (end, a, power) => o.choose(o.less(a, end), power(a), o.number(0, 'zero')),
    whole: (a, perUnit) => ({
      k: named('k', atom(nearest((perUnit === undefined ? a : product(a, '*', perUnit)).code))),
    }),
    scaleDown: (rise, { k }) => product(sum(one, '+', rise), '*', call('powerOfTwo', o.neg(k))),
    split(a) {
      const head = named(/^\w+$/.test(a.code) ? `${a.code}Head` : 'head', call('leading', a));
      return { head, rest: sum(a, '-', head) };
    },
    call: ({ name }, ...args) => call(name, ...args),
    floor: (a) => call('floor', a),
    powerOfTwo: (k) => call('powerOfTwo', k),
    fraction(a) {
      write(language.variable('parts', 'Scaled', `scaled(${a.code})`));
      return { exponent: atom('parts.exponent'), fraction: atom('parts.fraction') };
    },
  };
  return o;
}

/** One of core's recipes as a function. */
function helperFunction(language: Language, { name, says, takes, write }: helpers.Recipe): string {
  const statements: string[] = [];
  const o = arithmetic(language, (statement) => statements.push(statement));
  const { code } = write(o, ...takes.map(atom));
  return language.define({
    title: says.replace(/\s+/g, ' '),
    name,
    takes,
    gives: 'float',
    statements: [...statements, `return ${code};`],
  });
}

const written = new WeakMap<Language, ReadonlyMap<string, string>>();

/** Everything that texts may call, by name, each behind what it calls. */
function allHelpers(language: Language): ReadonlyMap<string, string> {
  const known = written.get(language);
  if (known !== undefined) return known;
  const made = new Map([
    [TINY, language.constant(TINY, 2 ** -126)],
    ...Object.entries(language.bits),
    ...helpers.recipes.map((recipe): [string, string] => [recipe.name, helperFunction(language, recipe)]),
  ]);
  written.set(language, made);
  return made;
}

/**
 * The helper functions that a text calls, and those that they call, each once: what has to stand beside it.
 *
 * @param text Anything that functions of this package gave, or that was written by hand.
 * @returns Declarations; an empty text if none is needed.
 *
 * @example
 * ```ts
 * const { code } = lossFunction(wgsl, sigmoidFocal(), ['value', 'grad']);
 * const shader = `${prelude(wgsl, code)}\n${code}\n…`;
 * ```
 */
export function prelude(language: Language, text: string): string {
  const all = allHelpers(language);
  const needed = new Set<string>();
  const visit = (part: string) => {
    for (const [name] of part.replace(/\/\/.*/g, '').matchAll(/[A-Za-z_]\w*/g)) {
      const code = all.get(name);
      if (code === undefined || needed.has(name)) continue;
      needed.add(name);
      visit(code);
    }
  };
  visit(text);
  return Array.from(all, ([name, code]) => (needed.has(name) ? code : ''))
    .filter(Boolean)
    .join('\n\n');
}
