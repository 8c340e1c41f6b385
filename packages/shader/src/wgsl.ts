import { infix, type Language, type Type } from './language.ts';

const TYPES: Readonly<Record<string, string>> = { float: 'f32', int: 'i32', vec2: 'vec2f', vec4: 'vec4f' };
const typeOf = (type: Type): string => TYPES[type] ?? type;

/**
 * WGSL. What it leaves inexact (`exp` may be off by 3 + 2|x| ulp, `pow` by more, `log1p` does not exist) helpers do.
 */
export const wgsl: Language = {
  name: 'WGSL',
  syntax: {
    ...infix,
    declare: (name, expression) => `let ${name} = ${expression};`,
    nonNegative: (test, a, b) => `select(${b}, ${a}, ${test} >= 0.0)`,
    positive: (test, a, b) => `select(${b}, ${a}, ${test} > 0.0)`,
  },
  define({ title, name, takes, gives, statements }) {
    const typed = takes.map((one) => (typeof one === 'string' ? `${one}: f32` : `${one[0]}: ${typeOf(one[1])}`));
    const body = statements.map((line) => `  ${line}\n`).join('');
    return `/// ${title}\nfn ${name}(${typed.join(', ')}) -> ${typeOf(gives)} {\n${body}}`;
  },
  typeName: typeOf,
  struct: (name, fields, title) =>
    `${title === undefined ? '' : `/// ${title}\n`}struct ${name} { ${fields.map((field) => `${field}: f32`).join(', ')} }`,
  constant: (name, value) =>
    `const ${name} = ${Number.isInteger(Math.log2(value)) ? `0x1p${Math.log2(value)}f` : infix.number(value)};`,
  variable: (name, type, value) => `var ${name}${value === undefined ? `: ${typeOf(type)}` : ` = ${value}`};`,
  choose: (test, a, b) => `select(${b}, ${a}, ${test})`,
  // Of a condition software runs both sides; a loop that nobody enters it leaves alone.
  rarely: (test, ...statements) => [
    `for (var rare = ${test}; rare; rare = false) {`,
    ...statements.map((line) => `  ${line}`),
    '}',
  ],
  either: (test, statement, otherwise) => [
    `let rare = ${test};`,
    `for (var once = rare; once; once = false) { ${statement} }`,
    `for (var once = !rare; once; once = false) { ${otherwise} }`,
  ],
  nearest: (a) => `round(${a})`,
  bits: {
    // Added to 1.5 · 2^23, k + 127 stands in the lowest bits.
    powerOfTwo: `/// 2^k for a whole k from -126 to 127, 0 for -127.
fn powerOfTwo(k: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(k + 12583039.0) << 23u);
}`,
    leading: `/// The leading twelve bits: products of two such are exact.
fn leading(a: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
}`,
    scaled: `/// A positive number as 2^exponent · fraction, √½ ≤ fraction < √2.
struct Scaled { exponent: f32, fraction: f32 }

fn scaled(a: f32) -> Scaled {
  let shifted = bitcast<u32>(a) - 0x3f3504f3u;
  let exponent = bitcast<i32>(shifted) >> 23u;
  return Scaled(f32(exponent), bitcast<f32>((shifted & 0x7fffffu) + 0x3f3504f3u));
}`,
    isNone: `/// Whether it is NaN.
fn isNone(a: f32) -> bool {
  return (bitcast<u32>(a) & 0x7fffffffu) > 0x7f800000u;
}`,
    isInfinite: `/// Whether it is ∞ or -∞.
fn isInfinite(a: f32) -> bool {
  return (bitcast<u32>(a) & 0x7fffffffu) == 0x7f800000u;
}`,
  },
};
