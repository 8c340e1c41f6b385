import { infix, type Language } from './language.ts';

/** `half` may name nothing. */
const free = (text: string): string => text.replace(/\bhalf\b/g, 'half_');

/** Compilers take ASCII. */
const ASCII: Readonly<Record<string, string>> = {
  '≥': '>=',
  '≤': '<=',
  '·': ' * ',
  '−': '-',
  σ: 'sigma',
  '√': 'sqrt ',
  '½': '1/2',
};
const ascii = (text: string): string => text.replace(/[^\n -~]/g, (letter) => ASCII[letter] ?? '');

/**
 * GLSL ES 3.00, whose compilers' `exp` and `log` are as good as their makers like them to be: helpers are good to a few ulp
 * wherever the four rules of arithmetic are.
 */
export const glsl: Language = {
  name: 'GLSL',
  syntax: {
    ...infix,
    declare: (name, expression) => `float ${free(name)} = ${free(expression)};`,
    nonNegative: (test, a, b) => `${test} >= 0.0 ? ${a} : ${b}`,
    positive: (test, a, b) => `${test} > 0.0 ? ${a} : ${b}`,
  },
  define({ title, name, takes, gives, statements }) {
    const typed = takes.map((one) => (typeof one === 'string' ? `float ${one}` : `${one[1]} ${one[0]}`));
    const body = statements.map((line) => `  ${free(line)}\n`).join('');
    return `// ${ascii(title)}\n${gives} ${name}(${free(typed.join(', '))}) {\n${body}}`;
  },
  typeName: (type) => type,
  struct: (name, fields, title) =>
    `${title === undefined ? '' : `// ${ascii(title)}\n`}struct ${name} { ${fields.map((field) => `float ${free(field)}; `).join('')}};`,
  constant: (name, value) => `const float ${name} = ${value < 1e-30 ? value.toPrecision(17) : infix.number(value)};`,
  variable: (name, type, value) => `${type} ${name}${value === undefined ? '' : ` = ${value}`};`,
  choose: (test, a, b) => `(${test} ? ${a} : ${b})`,
  rarely: (test, ...statements) => [`if (${test}) {`, ...statements.map((line) => `  ${line}`), '}'],
  either: (test, statement, otherwise) => [`if (${test}) {`, `  ${statement}`, '} else {', `  ${otherwise}`, '}'],
  nearest: (a) => `floor(${a} + 0.5)`,
  bits: {
    powerOfTwo: `// 2^k for a whole k from -126 to 127, 0 for -127: added to 1.5 * 2^23, k + 127 stands in the lowest bits.
float powerOfTwo(float k) { return uintBitsToFloat(floatBitsToUint(k + 12583039.0) << 23); }`,
    leading: `// The leading twelve bits: products of two such are exact.
float leading(float a) { return uintBitsToFloat(floatBitsToUint(a) & 0xfffff000u); }`,
    scaled: `// A positive number as 2^exponent * fraction, sqrt(1/2) <= fraction < sqrt(2).
struct Scaled { float exponent; float fraction; };

Scaled scaled(float a) {
  uint shifted = floatBitsToUint(a) - 0x3f3504f3u;
  return Scaled(float(int(shifted) >> 23), uintBitsToFloat((shifted & 0x7fffffu) + 0x3f3504f3u));
}`,
    isNone: `// Whether it is NaN.
bool isNone(float a) { return (floatBitsToUint(a) & 0x7fffffffu) > 0x7f800000u; }`,
    isInfinite: `// Whether it is an infinity.
bool isInfinite(float a) { return (floatBitsToUint(a) & 0x7fffffffu) == 0x7f800000u; }`,
  },
};
