/**
 * The losses as WGSL text, without a device: what the kernels of this package are made of, for whoever writes kernels
 * of their own or for another framework's WebGPU backend.
 *
 * {@link lossFunction} gives a self-contained function (x, y, parameters) → value, or value and slope. {@link marginLoss}
 * is its counterpart for rows, the same at a margin; {@link rowFunctions} find the margin of a row and spread the slope
 * over its logits. {@link scaleFunction} gives what an entry is multiplied by: its weight times α_t, 0 if it is ignored.
 * No text contains its helpers: put `prelude(text)` beside all you use, once.
 *
 * @module
 */
import {
  FocalLossError,
  formulas,
  type Loss,
  type Point,
  type Text,
  textOps,
  valueAndDerivative,
} from '@focal-loss/core';
import { prelude, wgsl } from './ops.ts';

export { prelude, wgsl };

/** A function in WGSL. */
export interface WgslFunction {
  /** What it is called. */
  readonly name: string;
  /**
   * The names of its parameters behind the first ones, all `f32`, with the numbers they have for this loss. The text is
   * the same for each of their values.
   */
  readonly params: readonly { readonly name: string; readonly value: number }[];
  /**
   * Of a {@link lossFunction} that is symmetric, f(x, y) = f(−x, 1−y): the name of its function for label 1,
   * `fn ofMargin(x: f32, …)`, the same shape without y, for |x| ≤ 2⁹⁶.
   */
  readonly ofMargin?: string;
  /** Its declaration, and those of functions and structures it needs beside {@link prelude}. */
  readonly code: string;
}

/** What a function is to return. */
export interface Wanted {
  /** `true`: a `Point`, of `value` and `slope` (∂value/∂x). `false`: the value, an `f32`. */
  readonly slope: boolean;
}

/** Words of formulas that may stand for themselves; other parameters are numbered, since any word may be taken. */
const GREEK = /^(beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|rho|sigma|tau|phi|chi|psi|omega)$/;

const inFamily = (loss: Loss): boolean => formulas.family.some(({ formula }) => formula === loss.formula);

/** The names that a loss's parameters have in its WGSL, with their numbers. */
export function paramsOf({ params }: Loss): WgslFunction['params'] {
  return Object.entries(params).map(([name, value], i) => ({ name: GREEK.test(name) ? name : `param${i}`, value }));
}

/**
 * The loss of one logit and one target, before α, weights and reduction: `fn loss(x: f32, y: f32, …) -> Point` (or
 * `-> f32`), for any logit but NaN; at ±∞ it gives the limit. Shape: elementwise.
 *
 * The members of the family are symmetric, f(x, y) = f(−x, 1−y), so a hard label takes the shorter program f(z, 1) at
 * z = (2y − 1)x, and only a soft one, or a logit beyond 2⁹⁶, the program for any.
 *
 * @throws {@link FocalLossError} if the formula cannot be written down.
 *
 * @example
 * ```ts
 * const { code, params } = lossFunction(sigmoidFocal({ gamma: 2 }), { slope: true });
 * const shader = `${prelude(code)}\n${code}\n… let at = loss(x, y, uniforms.gamma); …`;
 * ```
 */
export function lossFunction(loss: Loss, { slope }: Wanted): WgslFunction {
  const params = paramsOf(loss);
  const args = params.map(({ name }) => `, ${name}`).join('');
  const typed = params.map(({ name }) => `, ${name}: f32`).join('');
  const type = slope ? 'Point' : 'f32';

  const ofLabel = body(
    loss,
    `${loss.name} of a logit and a label`,
    `ofLabel(x: f32, y: f32${typed}) -> ${type}`,
    'y',
    slope,
  );
  const ofAny = (name: string, title: string) => `const FAR = 0x1p96f;

/// ${title}.
fn ${name}(x: f32, y: f32${typed}) -> ${type} {
  ${slope ? 'var' : 'let'} at = ofLabel(clamp(x, -FAR, FAR), y${args});
  ${beyond(slope, 'x', 'FAR')}
}`;
  const code = inFamily(loss)
    ? [
        body(loss, `${loss.name} of a logit with label 1`, `ofMargin(x: f32${typed}) -> ${type}`, 1, slope),
        ofLabel,
        ofAny('ofAny', 'The loss of any logit and label'),
        `/// The loss of a logit and a label: f(x, y) = f(-x, 1 - y), and a hard label takes the shorter program.
fn loss(x: f32, y: f32${typed}) -> ${type} {
  let side = 2.0 * y - 1.0;
  var at = ofMargin(side * x${args});${slope ? '\n  at.slope *= side;' : ''}
  // Of a condition software runs both sides; a loop that nobody enters it leaves alone.
  for (var rare = abs(side) != 1.0 || abs(x) > FAR; rare; rare = false) { at = ofAny(x, y${args}); }
  return at;
}`,
      ]
    : [ofLabel, ofAny('loss', 'The loss of a logit and a label')];
  return {
    name: 'loss',
    params,
    code: [...(slope ? [POINT] : []), ...code].join('\n\n'),
    ...(inFamily(loss) ? { ofMargin: 'ofMargin' } : {}),
  };
}

/**
 * The softmax member at a margin, before α, weights and reduction: `fn loss(margin: Margin, …) -> Point` (or `-> f32`),
 * where `Margin` has `half`, half the margin z = x_t − logsumexp(x_j, j ≠ t), because z may be twice the largest
 * number, and `low`, what rounding took from z. `slope` is D = ∂value/∂z: then ∂value/∂x_t = D and
 * ∂value/∂x_j = −r_j·D, where r is the softmax over the other logits. Shape: one call a row.
 *
 * @throws {@link FocalLossError} if the formula cannot be written down.
 */
export function marginLoss(loss: Loss, { slope }: Wanted): WgslFunction {
  const params = paramsOf(loss);
  const args = params.map(({ name }) => `, ${name}`).join('');
  const typed = params.map(({ name }) => `, ${name}: f32`).join('');
  const type = slope ? 'Point' : 'f32';
  const signature = `ofMargin(x: f32, low: f32${typed}) -> ${type}`;
  const code = [
    ...(slope ? [POINT] : []),
    body(loss, `${loss.name} at a margin x + low`, signature, 1, slope, 'low'),
    MARGIN,
    `const FAR = 0x1p96f;

/// The loss at any margin.
fn loss(margin: Margin${typed}) -> ${type} {
  ${slope ? 'var' : 'let'} at = ofMargin(2.0 * clamp(margin.half, -0.5 * FAR, 0.5 * FAR), margin.low${args});
  ${beyond(slope, 'margin.half', '(0.5 * FAR)')}
}`,
  ];
  return { name: 'loss', params, code: code.join('\n\n') };
}

/** The structure of {@link lossFunction}'s answer. */
const POINT = 'struct Point { value: f32, slope: f32 }';
/** The structure {@link marginLoss} takes. */
const MARGIN = `/// Half the margin z, since z may be twice the largest number, and what rounding took from z.
struct Margin { half: f32, low: f32 }`;

/** Statements that end a function with the loss `at`, of an argument brought as near as `far`. */
function beyond(slope: boolean, argument: string, far: string): string {
  const value = slope ? 'at.value' : 'at';
  const scaled = `${value} * select(1.0, max(abs(${argument}) / ${far}, 1.0), abs(${value}) > 0x1p64f)`;
  return `// Far out, where products with parameters would overflow, a loss stays what it is or grows like its argument.
  ${slope ? `at.value = ${scaled};\n  return at;` : `return ${scaled};`}`;
}

/** One formula written down as a function of x (and of y, or at a fixed label). */
function body(loss: Loss, title: string, signature: string, label: 'y' | 1, slope: boolean, low?: string): string {
  const { ops, program } = textOps(wgsl);
  const names = paramsOf(loss);
  // The slope of a¹ at 0 is 1, but that of every other power is 0: only where a parameter is known can the two be told
  // apart. In the family no power's base is 0 unless it underflows.
  const known = (value: number) => value === 1 && !inFamily(loss);
  const params = Object.fromEntries(
    Object.entries(loss.params).map(([key, value], i) => [
      key,
      known(value) ? ops.constant(1) : { code: names[i].name },
    ]),
  );
  const x: Text = { code: 'x', ...(low === undefined ? {} : { low }) };
  const y: Text = label === 'y' ? { code: 'y' } : ops.constant(1);
  let at: Point<Text>;
  try {
    at = valueAndDerivative<Text>(loss.formula, ops, x, y, params);
  } catch (error) {
    const takes = `a formula that can be written down (${error instanceof Error ? error.message : error})`;
    throw new FocalLossError(loss.name, [{ field: 'formula', got: loss.formula, takes }]);
  }
  const { statements, results } = program(slope ? [at.value, at.derivative] : [at.value]);
  const [value, derivative] = results;
  const result = slope ? `Point(${value}, ${derivative})` : value;
  // Call the results what they are; no other name in a body is one of these.
  const declared = (name: string) => statements.some((line) => line.startsWith(`let ${name} =`));
  const rename = (word: string) =>
    !declared(word) ? word : word === value ? 'value' : word === derivative ? 'slope' : word;
  const lines = [...statements, `return ${result};`].map((line) => `  ${line.replace(/[A-Za-z_]\w*/g, rename)}`);
  return `/// ${title}.\nfn ${signature} {\n${lines.join('\n')}\n}`;
}

/**
 * What an entry's loss and gradient are multiplied by, before any denominator: `fn scaleOf(y: f32, weight: f32, …) -> f32`,
 * weight · α_t, and 0 for the ignored target whatever the weight. At a softmax with α its parameter `alpha` is that of
 * the class `y`, for the caller to look up; the number given here means nothing.
 *
 * The parameters are `alpha` and `ignoreIndex`, each only if the loss has it.
 */
export function scaleFunction({ alpha, ignoreIndex, link }: Loss): WgslFunction {
  const params = [
    ...(alpha === undefined ? [] : [{ name: 'alpha', value: typeof alpha === 'number' ? alpha : 1 }]),
    ...(ignoreIndex === undefined ? [] : [{ name: 'ignoreIndex', value: ignoreIndex }]),
  ];
  const typed = params.map(({ name }) => `, ${name}: f32`).join('');
  const alphaT = link === 'sigmoid' ? ' * (y * alpha + (1.0 - y) * (1.0 - alpha))' : ' * alpha';
  const code = `/// What an entry is multiplied by.
fn scaleOf(y: f32, weight: f32${typed}) -> f32 {
${ignoreIndex === undefined ? '' : '  if (y == ignoreIndex) { return 0.0; }\n'}  return weight${alpha === undefined ? '' : alphaT};
}`;
  return { name: 'scaleOf', params, code };
}

/**
 * The functions around {@link marginLoss} for rows of logits, to stand beside its code:
 *
 * - `fn share(x: f32, largest: f32) -> f32`: e^(x − largest), 1 where both are the same infinity;
 * - `fn marginOf(x: f32, largest: f32, sum: f32) -> Margin`: the margin of logit x, given the largest of the other logits
 *   and the sum of their shares. Then r_j = share(x_j, largest) / sum.
 */
export const rowFunctions = `/// What class j has of the other classes' probability, times the sum of all shares.
fn share(x: f32, largest: f32) -> f32 {
  // Halves: the difference of two logits may be no number.
  return select(expNegative(max(2.0 * (0.5 * largest - 0.5 * x), 0.0)), 1.0, x == largest);
}

/// x - log(sum of e^others), given the largest of the others and the sum of their shares.
fn marginOf(x: f32, largest: f32, sum: f32) -> Margin {
  let distance = 0.5 * x - 0.5 * largest;
  let rest = 0.5 * logarithm(sum);
  let half = distance - rest;
  let low = 2.0 * (sumLow(0.5 * x, -0.5 * largest, distance) + sumLow(distance, -rest, half));
  return Margin(half, select(0.0, low, abs(half) < 64.0));
}`;
