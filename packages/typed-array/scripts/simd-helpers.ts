import { helpers } from '@focal-loss/core';

/** Words in memory that are no numbers: bits. */
export const BITS = { signBit: 0x80000000, headMask: 0xfffff000, rootHalf: 0x3f3504f3, bias: 127 };

/** Numbers that only this language has a use for. */
const OWN = {
  /** Adding 1.5·2²³ rounds to a whole number, which then stands in the low bits; here less by 24, see `scaleDown`. */
  magic: 1.5 * 2 ** 23 - 24,
  shrink: 2 ** -24,
};

/** The arguments of which a helper is given the parts as well, since they are parameters of the formula. */
const PARTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  sigmoidPow: { p: ['Head', 'Rest'] },
  affineLow: { a: ['Head', 'Rest'], b: ['Low'] },
  powerOf: { p: ['Head', 'Rest'] },
};

/** What carries nothing at a sigmoid, whose margins are exact; a helper that takes it comes in a second form, for softmax margins. */
const LOW = ['xLow', 'vLow'];
/** The name of the second form. */
export const carrying = (name: string) => `${name}Carrying`;

/** A helper as an AssemblyScript function. */
export interface SimdHelper {
  readonly code: string;
  /** A call of it; its constants, which are parameters, go by their own names. */
  call(...args: readonly string[]): string;
}

/** What the functions take: constants by name, each as an argument, in the order of their first use. */
export interface SimdHelpers {
  readonly functions: Readonly<Record<string, SimdHelper>>;
  readonly constants: ReadonlyMap<string, number>;
}

/** Core's recipes on four float32 at a time. */
export function simdHelpers(): SimdHelpers {
  const constants = new Map<string, number>();
  const functions: Record<string, SimdHelper> = {};
  const uses = new Map<string, ReadonlySet<string>>();
  for (const recipe of helpers.recipes) {
    emit(recipe, recipe.name, LOW);
    if (recipe.takes.some((argument) => LOW.includes(argument))) emit(recipe, carrying(recipe.name), []);
  }
  return { functions, constants };

  function emit(recipe: helpers.Recipe, name: string, exact: readonly string[]): void {
    const used = new Set<string>();
    const statements: string[] = [];
    const args = recipe.takes.map((argument) => (exact.includes(argument) ? 'zero' : argument));
    const o = arithmetic(recipe, functions, uses, constants, used, statements);
    const result = recipe.write(o, ...args);
    const parts = PARTS[recipe.name] ?? {};
    const taken = recipe.takes.filter((argument) => !exact.includes(argument));
    const takes = [...taken, ...taken.flatMap((argument) => (parts[argument] ?? []).map((part) => argument + part))];
    const all = [...takes, ...used].map((argument) => `${argument}: v128`).join(', ');
    const body = [...statements, `return ${result};`].map((line) => `  ${line}`).join('\n');
    uses.set(name, used);
    functions[name] = {
      code: `/** ${recipe.says.replaceAll('\n', ' ')} */\n@inline\nfunction ${name}(${all}): v128 {\n${body}\n}`,
      call: (...given) => `${name}(${[...given, ...used].join(', ')})`,
    };
  }
}

function arithmetic(
  { name: recipe }: helpers.Recipe,
  functions: Readonly<Record<string, SimdHelper>>,
  uses: ReadonlyMap<string, ReadonlySet<string>>,
  constants: Map<string, number>,
  used: Set<string>,
  statements: string[],
): helpers.Arithmetic<string> {
  const named = (name: string, value: string) => {
    statements.push(`const ${name} = ${value};`);
    return name;
  };
  const constant = (value: number, name: string) => {
    constants.set(name, value);
    used.add(name);
    return name;
  };
  const own = (name: keyof typeof OWN) => constant(OWN[name], name);
  const bits = (name: keyof typeof BITS) => {
    used.add(name);
    return name;
  };
  const call = (name: string) => (a: string, b: string) => `${name}(${a}, ${b})`;
  const madd = (a: string, b: string, c: string) => (b === 'zero' ? c : `madd(${a}, ${b}, ${c})`);
  const pairs = (x: string, terms: readonly string[]): string[] =>
    terms.flatMap((c, i) => (i % 2 === 1 ? [] : [i + 1 < terms.length ? madd(x, terms[i + 1], c) : c]));
  const o: helpers.Arithmetic<string> = {
    format: helpers.float32,
    number: constant,
    named,
    add: (a, b) => (b === 'zero' ? a : `f32x4.add(${a}, ${b})`),
    sub: call('f32x4.sub'),
    mul: call('f32x4.mul'),
    div: call('f32x4.div'),
    madd,
    neg: (a) => `f32x4.neg(${a})`,
    abs: (a) => `f32x4.abs(${a})`,
    // Of NaN and a number they are NaN, by which kernels notice logits that are not finite.
    min: call('f32x4.pmin'),
    max: call('f32x4.pmax'),
    // Beyond 2³² a logit's error is finite or the loss is not: there is nothing to choose.
    less(a, b) {
      if (b !== 'far') return `f32x4.lt(${a}, ${b})`;
      used.delete(b);
      return 'always';
    },
    choose: (truth, a, b) =>
      truth === 'always' || a === b ? a : b === 'zero' ? `v128.and(${a}, ${truth})` : `select(${a}, ${b}, ${truth})`,
    polynomial(x, xx, { name, coefficients }) {
      const square = xx ?? named('square', o.mul(x, x));
      const terms = pairs(
        x,
        coefficients.map((value, i) => constant(value, `${name}${i + 2}`)),
      );
      // A long one is taken in fours.
      const long = terms.length > 3;
      const fourth = long ? named('fourth', o.mul(square, square)) : '';
      return long ? helpers.horner(o, fourth, pairs(square, terms)) : helpers.horner(o, square, terms);
    },
    until: (end, a, power) => power(named('near', o.min(a, end))),
    whole(a, perUnit) {
      const scaled = named('scaled', perUnit === undefined ? o.add(a, own('magic')) : madd(a, perUnit, own('magic')));
      return { k: named('k', o.sub(scaled, own('magic'))), mark: scaled };
    },
    // `magic` put k − 24 into the low bits: what is subtracted from the exponent leaves a normal number, and the last 24
    // steps are a product, which underflows as it should.
    scaleDown: (rise, { mark }) =>
      o.mul(`i32x4.sub(${o.add(constant(1, 'one'), rise)}, i32x4.shl(${mark}, 23))`, own('shrink')),
    split(a) {
      if (PARTS[recipe]?.[a] !== undefined) return { head: `${a}Head`, rest: `${a}Rest` };
      const head = named(`${a}Head`, `v128.and(${a}, ${bits('headMask')})`);
      return { head, rest: o.sub(a, head) };
    },
    lost: (parameter) => `${parameter}Low`,
    call({ name }, ...args) {
      for (const constant of uses.get(name) ?? []) used.add(constant);
      return functions[name].call(...args);
    },
    floor: (a) => `f32x4.floor(${a})`,
    powerOfTwo: (k) => `i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(${k}), ${bits('bias')}), 23)`,
    // Counted from √½ on, the bits of the exponent are those of the nearest power of two. What is made of a 0, nobody asks for:
    // as a 1 it leads to no numbers below the normal ones, on which processors are slow.
    fraction(of) {
      const [one, zero] = [constant(1, 'one'), constant(0, 'zero')];
      const a = named('safe', `select(${one}, ${of}, f32x4.eq(${of}, ${zero}))`);
      const steps = named('steps', `i32x4.shr_s(i32x4.sub(${a}, ${bits('rootHalf')}), 23)`);
      const exponent = named('exponent', `f32x4.convert_i32x4_s(${steps})`);
      return { exponent, fraction: named('fraction', `i32x4.sub(${a}, i32x4.shl(${steps}, 23))`) };
    },
  };
  return o;
}
