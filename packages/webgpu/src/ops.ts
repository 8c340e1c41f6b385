import type { Syntax } from '@focal-loss/core';

/** The smallest normal float32, by a name: the exponent of a literal would look like a name to who reads the text. */
const TINY = 'TINY';

const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** The shortest decimal that is this float32, without an exponent. Beyond float32 the largest stands in. */
function number(value: number): string {
  if (Number.isNaN(value)) throw new RangeError('NaN has no literal');
  const rounded = Math.fround(value);
  const near = Number.isFinite(rounded) ? rounded : Math.sign(value) * LARGEST;
  if (near === 2 ** -126) return TINY;
  if (near < 0) return `(-${number(-near)})`;
  let places = 0;
  while (Math.fround(Number(near.toExponential(places))) !== near) places++;
  const [digits, exponent] = near.toExponential(places).split('e');
  const all = digits.replace('.', '');
  const point = Number(exponent) + 1;
  if (point <= 0) return `0.${'0'.repeat(-point)}${all}`;
  return `${all.slice(0, point).padEnd(point, '0')}.${all.slice(point) || '0'}`;
}

/**
 * WGSL, all in float32. What the language leaves inexact (`exp` may be off by 3 + 2|x| ulp, `pow` by more, `log1p` does
 * not exist) the functions of {@link prelude} do.
 */
export const wgsl: Syntax = {
  tiny: 2 ** -126,
  number,
  declare: (name, expression) => `let ${name} = ${expression};`,
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  div: (a, b) => `${a} / ${b}`,
  neg: (a) => `-${a}`,
  abs: (a) => `abs(${a})`,
  sign: (a) => `sign(${a})`,
  max: (a, b) => `max(${a}, ${b})`,
  exp: (a) => `exponential(${a})`,
  log1p: (a) => `log1p(${a})`,
  pow: (a, p) => `powerOf(${a}, ${p})`,
  expNegative: (a) => `expNegative(${a})`,
  log1pUnit: (e) => `log1pUnit(${e})`,
  nonNegative: (test, a, b) => `select(${b}, ${a}, ${test} >= 0.0)`,
  affineLow: (a, x, xLow, b, u) => `affineLow(${a}, ${x}, ${xLow}, ${b}, ${u})`,
  sigmoidPow: (v, vLow, log1pE, p) => `sigmoidPow(${v}, ${vLow}, ${log1pE}, ${p})`,
};

/**
 * The helper functions by name. Compilers may fuse a product into a sum, and some reassociate: nothing here relies on
 * the order of roundings but `sumLow`, and where a compiler folds that to 0, tails are good to 8e-6 instead of 1e-6.
 * Polynomials are minimax on their intervals; log(2) is taken in two parts, the first so short that its products are
 * exact (Cody & Waite).
 */
const helpers: Readonly<Record<string, string>> = {
  [TINY]: 'const TINY = 0x1p-126f;',

  LN2: `const LN2_HIGH = 0.693359375;
const LN2_LOW = -0.00021219444;
const LOG2_E = 1.44269504;`,

  exponentialUnit: `/// e^r for |r| ≤ log(2)/2.
fn exponentialUnit(r: f32) -> f32 {
  let tail = 0.49999994 + r * (0.1666652 + r * (0.041668393 + r * (0.00836878 + r * 0.0013814468)));
  return 1.0 + r * (1.0 + r * tail);
}`,

  powerOfTwo: `/// 2^k for a whole k from -126 to 127: added to 1.5 · 2^23, k + 127 stands in the lowest bits.
fn powerOfTwo(k: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(k + 12583039.0) << 23u);
}`,

  expNegative: `/// e^-a for a ≥ 0, where that is a normal number; else 0.
fn expNegative(a: f32) -> f32 {
  let k = round(a * LOG2_E);
  let power = exponentialUnit((k * LN2_HIGH - a) + k * LN2_LOW);
  return select(0.0, power * powerOfTwo(-k), k <= 126.0);
}`,

  exponential: `/// e^a.
fn exponential(a: f32) -> f32 {
  let near = clamp(a, -104.0, 104.0);
  let k = round(near * LOG2_E);
  let power = exponentialUnit((near - k * LN2_HIGH) - k * LN2_LOW);
  let half = floor(0.5 * k);
  return power * powerOfTwo(half) * powerOfTwo(k - half);
}`,

  log1pUnit: `/// log(1 + e) for e from 0 to 1.
fn log1pUnit(e: f32) -> f32 {
  let far = 0.1915365 + e * (-0.13753792 + e * (0.0792044 + e * (-0.030065707 + e * 0.005364802)));
  return e + e * e * (-0.49999648 + e * (0.33321322 + e * (-0.24857163 + e * far)));
}`,

  atanhTwice: `/// log((1 + s) / (1 - s)) for |s| ≤ 0.18.
fn atanhTwice(s: f32) -> f32 {
  let ss = s * s;
  return 2.0 * s + 2.0 * s * ss * (0.33333333 + ss * (0.2 + ss * (0.14285714 + ss * 0.11111111)));
}`,

  Scaled: `/// A positive number as 2^exponent · fraction, √½ ≤ fraction < √2.
struct Scaled { exponent: f32, fraction: f32 }

fn scaled(a: f32) -> Scaled {
  let shifted = bitcast<u32>(a) - 0x3f3504f3u;
  let exponent = bitcast<i32>(shifted) >> 23u;
  return Scaled(f32(exponent), bitcast<f32>((shifted & 0x7fffffu) + 0x3f3504f3u));
}`,

  logarithm: `/// log(a) for a > 0.
fn logarithm(a: f32) -> f32 {
  let at = scaled(a);
  let rest = atanhTwice((at.fraction - 1.0) / (at.fraction + 1.0));
  return at.exponent * LN2_HIGH + (at.exponent * LN2_LOW + rest);
}`,

  log1p: `/// log(1 + a), accurate for small a.
fn log1p(a: f32) -> f32 {
  if (abs(a) < 0.35) { return atanhTwice(a / (2.0 + a)); }
  return logarithm(1.0 + a);
}`,

  powerOf: `/// a^p for a ≥ 0 and p ≥ 0. p·log₂(a) is formed in two parts: where it is near 126, half an ulp of it is 4e-6.
fn powerOf(a: f32, p: f32) -> f32 {
  if (a == 0.0) { return select(0.0, 1.0, p == 0.0); }
  let at = scaled(a);
  let log2 = atanhTwice((at.fraction - 1.0) / (at.fraction + 1.0)) * LOG2_E;
  let head = leading(p) * at.exponent;
  let rest = (p - leading(p)) * at.exponent + p * log2;
  let k = clamp(round(head + rest), -250.0, 250.0);
  let r = clamp((head - k) + rest, -0.51, 0.51);
  let half = floor(0.5 * k);
  return exponentialUnit(r * 0.69314718) * powerOfTwo(half) * powerOfTwo(k - half);
}`,

  leading: `/// The leading twelve bits: products of two such are exact.
fn leading(a: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
}`,

  sumLow: `/// What rounding took from \`sum\`, which is a + b (Knuth).
fn sumLow(a: f32, b: f32, sum: f32) -> f32 {
  let back = sum - a;
  return (a - (sum - back)) + (b - back);
}`,

  affineLow: `/// What rounding took from \`u\`, which is a·(x + xLow) + b.
fn affineLow(a: f32, x: f32, xLow: f32, b: f32, u: f32) -> f32 {
  // e^-|u| is 0 beyond; there the error matters no more.
  if (!(abs(u) < 128.0)) { return 0.0; }
  let product = a * x;
  let high = leading(x);
  let lost = (leading(a) * high - product) + leading(a) * (x - high) + (a - leading(a)) * x;
  return (lost + sumLow(product, b, u)) + a * xLow;
}`,

  sigmoidPow: `/// σ(-v)^p = e^-A with A = p·max(v, 0) + p·log1pE, where v carries vLow. Near A = 87 half an ulp of A is 4e-6: the
/// leading product is exact, and the rest joins after the whole multiples of log(2) are gone.
fn sigmoidPow(v: f32, vLow: f32, log1pE: f32, p: f32) -> f32 {
  let u = max(v, 0.0);
  let head = leading(p) * leading(u);
  let low = select(0.0, vLow, v > 0.0);
  let rest = leading(p) * (u - leading(u)) + (p - leading(p)) * u + p * (log1pE + low);
  let k = round((head + rest) * LOG2_E);
  let power = exponentialUnit(((k * LN2_HIGH - head) + k * LN2_LOW) - rest);
  return select(0.0, power * powerOfTwo(-k), k <= 126.0);
}`,
};

/** Which helper an identifier needs. */
const owners: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(helpers).map((name) => [name, name])),
  LN2_HIGH: 'LN2',
  LN2_LOW: 'LN2',
  LOG2_E: 'LN2',
  scaled: 'Scaled',
};

/**
 * The helper functions that a piece of WGSL calls, and those that they call, each once: what has to stand beside it.
 *
 * @param text Anything written with {@link wgsl}, or by hand.
 * @returns WGSL declarations; an empty text if none is needed.
 */
export function prelude(text: string): string {
  const needed = new Set<string>();
  const visit = (part: string) => {
    for (const [word] of part.replace(/\/\/.*/g, '').matchAll(/[A-Za-z_]\w*/g)) {
      const name = Object.hasOwn(owners, word) ? owners[word] : undefined;
      if (name === undefined || needed.has(name)) continue;
      needed.add(name);
      visit(helpers[name]);
    }
  };
  visit(text);
  return Object.entries(helpers)
    .filter(([name]) => needed.has(name))
    .map(([, code]) => code)
    .join('\n\n');
}
