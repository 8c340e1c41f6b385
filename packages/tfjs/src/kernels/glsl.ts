import {
  FocalLossError,
  formulas,
  type Loss,
  type Point,
  type Syntax,
  type Text,
  textOps,
  valueAndDerivative,
} from '@focal-loss/core';
import { paramsOf, wgsl } from '@focal-loss/webgpu/wgsl';

/** GLSL ES 3.00 calls the helpers and spells numbers as WGSL does. */
export const glsl: Syntax = {
  ...wgsl,
  declare: (name, expression) => `float ${name} = ${expression};`,
  nonNegative: (test, a, b) => `${test} >= 0.0 ? ${a} : ${b}`,
};

/**
 * What a loss's text can call. `exp` and `log` of a GPU are as good as its maker likes them to be: these are their own,
 * good to a few ulp wherever the four rules of arithmetic are. Polynomials and constants are those of the WGSL helpers.
 */
const helpers = `
const float TINY = 1.1754943508222875e-38;
const float LN2_HIGH = 0.693359375;
const float LN2_LOW = -0.00021219444;
const float LOG2_E = 1.44269504;
const float FAR = 79228162514264337593543950336.0;

float nearest(float a) { return floor(a + 0.5); }

// 2^k for a whole k from -126 to 127: added to 1.5 * 2^23, k + 127 stands in the lowest bits.
float powerOfTwo(float k) { return uintBitsToFloat(floatBitsToUint(k + 12583039.0) << 23); }

float leading(float a) { return uintBitsToFloat(floatBitsToUint(a) & 0xfffff000u); }

// e^r for |r| <= log(2)/2.
float exponentialUnit(float r) {
  float tail = 0.49999994 + r * (0.1666652 + r * (0.041668393 + r * (0.00836878 + r * 0.0013814468)));
  return 1.0 + r * (1.0 + r * tail);
}

// e^-a for a >= 0, where that is a normal number; else 0.
float expNegative(float a) {
  float k = nearest(a * LOG2_E);
  float power = exponentialUnit((k * LN2_HIGH - a) + k * LN2_LOW);
  return k <= 126.0 ? power * powerOfTwo(-k) : 0.0;
}

// e^a.
float exponential(float a) {
  float near = clamp(a, -104.0, 104.0);
  float k = nearest(near * LOG2_E);
  float power = exponentialUnit((near - k * LN2_HIGH) - k * LN2_LOW);
  float half_ = floor(0.5 * k);
  return power * powerOfTwo(half_) * powerOfTwo(k - half_);
}

// log(1 + e) for e from 0 to 1.
float log1pUnit(float e) {
  float far = 0.1915365 + e * (-0.13753792 + e * (0.0792044 + e * (-0.030065707 + e * 0.005364802)));
  return e + e * e * (-0.49999648 + e * (0.33321322 + e * (-0.24857163 + e * far)));
}

// log((1 + s) / (1 - s)) for |s| <= 0.18.
float atanhTwice(float s) {
  float ss = s * s;
  return 2.0 * s + 2.0 * s * ss * (0.33333333 + ss * (0.2 + ss * (0.14285714 + ss * 0.11111111)));
}

// A positive number as 2^x * y with y from sqrt(1/2) to sqrt(2).
vec2 scaled(float a) {
  uint shifted = floatBitsToUint(a) - 0x3f3504f3u;
  return vec2(float(int(shifted) >> 23), uintBitsToFloat((shifted & 0x7fffffu) + 0x3f3504f3u));
}

// log(a) for a > 0.
float logarithm(float a) {
  vec2 at = scaled(a);
  float rest = atanhTwice((at.y - 1.0) / (at.y + 1.0));
  return at.x * LN2_HIGH + (at.x * LN2_LOW + rest);
}

// log(1 + a), accurate for small a.
float log1p(float a) {
  if (abs(a) < 0.35) { return atanhTwice(a / (2.0 + a)); }
  return logarithm(1.0 + a);
}

// a^p for a >= 0 and p >= 0. p * log2(a) is formed in two parts: where it is near 126, half an ulp of it is 4e-6.
float powerOf(float a, float p) {
  if (a == 0.0) { return p == 0.0 ? 1.0 : 0.0; }
  vec2 at = scaled(a);
  float log2_ = atanhTwice((at.y - 1.0) / (at.y + 1.0)) * LOG2_E;
  float head = leading(p) * at.x;
  float rest = (p - leading(p)) * at.x + p * log2_;
  float k = clamp(nearest(head + rest), -250.0, 250.0);
  float r = clamp((head - k) + rest, -0.51, 0.51);
  float half_ = floor(0.5 * k);
  return exponentialUnit(r * 0.69314718) * powerOfTwo(half_) * powerOfTwo(k - half_);
}

// What rounding took from sum, which is a + b (Knuth).
float sumLow(float a, float b, float sum) {
  float back = sum - a;
  return (a - (sum - back)) + (b - back);
}

// What rounding took from u, which is a * (x + xLow) + b. Beyond |u| = 128 e^-|u| is 0, and it matters no more.
float affineLow(float a, float x, float xLow, float b, float u) {
  if (!(abs(u) < 128.0)) { return 0.0; }
  float product = a * x;
  float high = leading(x);
  float lost = (leading(a) * high - product) + leading(a) * (x - high) + (a - leading(a)) * x;
  return (lost + sumLow(product, b, u)) + a * xLow;
}

// sigma(-v)^p = e^-A with A = p * max(v, 0) + p * log1pE, where v carries vLow. The leading product is exact, and the
// rest joins after the whole multiples of log(2) are gone.
float sigmoidPow(float v, float vLow, float log1pE, float p) {
  float u = max(v, 0.0);
  float head = leading(p) * leading(u);
  float low = v > 0.0 ? vLow : 0.0;
  float rest = leading(p) * (u - leading(u)) + (p - leading(p)) * u + p * (log1pE + low);
  float k = nearest((head + rest) * LOG2_E);
  float power = exponentialUnit(((k * LN2_HIGH - head) + k * LN2_LOW) - rest);
  return k <= 126.0 ? power * powerOfTwo(-k) : 0.0;
}
`;

const [constants, ...functions] = helpers.trim().split('\n\n');
const byName = new Map(functions.map((code) => [/^\w+ (\w+)\(/m.exec(code)?.[1], code]));

/** The helpers that a text calls and those that they call: drivers compile what they are given. */
export function prelude(text: string): string {
  const needed = new Set<string>();
  const visit = (part: string) => {
    for (const [word] of part.matchAll(/[A-Za-z_]\w*/g)) {
      const code = byName.get(word);
      if (code === undefined || needed.has(code)) continue;
      needed.add(code);
      visit(code);
    }
  };
  visit(text);
  return [constants, ...functions.filter((code) => needed.has(code))].join('\n\n');
}

/** The parameters that stay uniforms; whole ones that make a formula shorter are written into it. */
const folded = (value: number) => Number.isInteger(value) && value >= 0 && value <= 3;

/** The uniforms of a loss's functions, by the names they have there. */
export const uniformsOf = (loss: Loss) => paramsOf(loss).filter(({ value }) => !folded(value));

/** One formula as a GLSL function: `float` (the value), or `vec2` (value and slope). */
function body(loss: Loss, signature: string, label: 'y' | 1, slope: boolean, low?: string): string {
  const { ops, program } = textOps(glsl);
  const names = paramsOf(loss);
  const params = Object.fromEntries(
    Object.keys(loss.params).map((key, i) => [
      key,
      folded(names[i].value) ? ops.constant(names[i].value) : { code: names[i].name },
    ]),
  );
  const x: Text = { code: 'x', ...(low === undefined ? {} : { low }) };
  let at: Point<Text>;
  try {
    at = valueAndDerivative<Text>(loss.formula, ops, x, label === 'y' ? { code: 'y' } : ops.constant(1), params);
  } catch (error) {
    const takes = `a formula that can be written down (${error instanceof Error ? error.message : error})`;
    throw new FocalLossError(loss.name, [{ field: 'formula', got: loss.formula, takes }]);
  }
  const { statements, results } = program(slope ? [at.value, at.derivative] : [at.value]);
  const lines = [...statements, `return ${slope ? `vec2(${results.join(', ')})` : results[0]};`];
  return `${slope ? 'vec2' : 'float'} ${signature} {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`;
}

/**
 * Ends a function with the loss `at` of an argument that was brought nearer by the factor `far`: out there, where
 * products with parameters would overflow, a loss stays what it is or grows like its argument.
 */
const beyond = (slope: boolean, far: string) => {
  const value = slope ? 'at.x' : 'at';
  return `  if (abs(${value}) > 18446744073709551616.0) { ${value} *= max(${far}, 1.0); }
  return at;`;
};

/** `loss(x, y)`, before α, weights and reduction, for any logit but NaN. */
export function lossFunction(loss: Loss, slope: boolean): string {
  const type = slope ? 'vec2' : 'float';
  // Members are symmetric, f(x, y) = f(−x, 1−y): a hard label takes the shorter program.
  const symmetric = formulas.family.some(({ formula }) => formula === loss.formula);
  const near = symmetric
    ? `${body(loss, 'ofMargin(float x)', 1, slope)}
${body(loss, 'ofLabel(float x, float y)', 'y', slope)}
${type} lossNear(float x, float y) {
  float side = 2.0 * y - 1.0;
  return abs(side) == 1.0 ? ${slope ? 'vec2(1.0, side) * ' : ''}ofMargin(side * x) : ofLabel(x, y);
}`
    : body(loss, 'lossNear(float x, float y)', 'y', slope);
  return `${near}
${type} loss(float x, float y) {
  float end = clamp(x, -FAR, FAR);
  ${type} at = lossNear(end, y);
${beyond(slope, 'abs(x) / FAR')}
}`;
}

/**
 * `share`, `marginOf` and `loss` of a margin, which is given as half its size, as it may be twice the largest number,
 * and what rounding took from it.
 */
export function marginLoss(loss: Loss, slope: boolean): string {
  const type = slope ? 'vec2' : 'float';
  return `${body(loss, 'ofMargin(float x, float low)', 1, slope, 'low')}
${rowFunctions}
${type} loss(vec2 margin) {
  float end = clamp(2.0 * clamp(margin.x, -FAR, FAR), -FAR, FAR);
  ${type} at = ofMargin(end, margin.y);
${beyond(slope, 'abs(margin.x) / (0.5 * FAR)')}
}`;
}

/** What class j has of the other classes' probability times the sum of all shares, and the margin those leave. */
export const rowFunctions = `
float share(float x, float largest) {
  // Halves: the difference of two logits may be no number.
  return x == largest ? 1.0 : expNegative(max(2.0 * (0.5 * largest - 0.5 * x), 0.0));
}
vec2 marginOf(float x, float largest, float sum) {
  float distance_ = 0.5 * x - 0.5 * largest;
  float rest = 0.5 * logarithm(sum);
  float half_ = distance_ - rest;
  float low = 2.0 * (sumLow(0.5 * x, -0.5 * largest, distance_) + sumLow(distance_, -rest, half_));
  return vec2(half_, abs(half_) < 64.0 ? low : 0.0);
}`;
