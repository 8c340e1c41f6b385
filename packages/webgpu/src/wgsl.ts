/**
 * The losses as WGSL text, without a device: what the kernels of this package are made of, for whoever writes kernels
 * of their own. `@focal-loss/shader`, which writes them, has them in GLSL too.
 *
 * {@link lossFunction} gives a self-contained function (x, y, parameters) → value, or value and slope. {@link marginLoss}
 * is its counterpart for rows, the same at a margin; {@link rowFunctions} find the margin of a row and spread the slope
 * over its logits. {@link scaleFunction} gives what an entry is multiplied by: its weight times α_t, 0 if it is ignored.
 * With a `prefix` all that a text declares carries it, so that two losses fit in one module; helpers, which they share, do not.
 * No text contains its helpers: put `prelude(text)` beside all you use, once.
 *
 * @module
 */
import { checkLoss, checkOptions, type Derivative, FocalLossError, flag, type Loss } from '@focal-loss/core';
import type { LossFunction, ShaderFunction, ShaderParameter } from '@focal-loss/shader';
import * as ops from './ops.ts';

export { wgsl } from './ops.ts';
export type { LossFunction, ShaderFunction as WgslFunction };

/**
 * The parameters that a loss's text leaves open, in the order in which its functions take them, with what they are for this loss.
 *
 * @throws {@link FocalLossError} if `loss` is none.
 */
export function paramsOf(loss: Loss): readonly ShaderParameter[] {
  checkLoss('paramsOf', loss);
  return ops.parametersOf(loss);
}

/**
 * The helpers that a text calls, and those that these call: once, beside all of it.
 *
 * @throws {@link FocalLossError} if `text` is none.
 */
export function prelude(text: string): string {
  if (typeof text === 'string') return ops.prelude(text);
  throw new FocalLossError('prelude', [{ field: 'text', got: text, takes: 'the code of functions' }]);
}

/** What stands before the names that a text declares: with `'head'`, `fn loss` is `fn head_loss`. */
export interface Named {
  readonly prefix?: string | undefined;
}

/** What a function is to return: a list of parts, or the value with or without its slope. */
export type Wanted = Named & ({ readonly wants: readonly Derivative[] } | { readonly slope: boolean });

const ALL: readonly Derivative[] = ['value', 'grad', 'hess'];
const isList = (got: unknown) => Array.isArray(got) && got.length > 0 && got.every((part) => ALL.includes(part));
const named = { prefix: { takes: 'letters, digits and _, a letter first', accepts: isName } };
const wantedChecks = {
  ...named,
  slope: flag,
  wants: { takes: "a list of 'value', 'grad' and 'hess'", accepts: isList },
};

function isName(got: unknown): boolean {
  return typeof got === 'string' && /^[A-Za-z]\w*$/.test(got);
}

function partsOf(where: string, wanted: Wanted): readonly Derivative[] {
  const { wants, slope } = checkOptions(where, wanted, wantedChecks) as {
    readonly wants?: readonly Derivative[];
    readonly slope?: boolean;
  };
  if (wants !== undefined) return wants;
  if (slope === undefined) {
    throw new FocalLossError(where, [{ field: 'slope', got: slope, takes: 'true or false, or wants instead' }]);
  }
  return slope ? ['value', 'grad'] : ['value'];
}

/** The names a text declares, outside of its functions. */
const declared = (code: string): string[] =>
  Array.from(code.matchAll(/^(?:fn|struct|const) (\w+)/gm), ([, name]) => name);

/** A text whose names carry a prefix, where they are no fields. */
function renamed(code: string, names: readonly string[], prefix: string): string {
  const own = new Set(names);
  return code
    .split('\n')
    .map((line) =>
      line.startsWith('///')
        ? line
        : line.replace(/(?<![\w.])[A-Za-z_]\w*/g, (word) => (own.has(word) ? `${prefix}_${word}` : word)),
    )
    .join('\n');
}

function prefixed<F extends ShaderFunction & Partial<LossFunction>>(made: F, { prefix }: Named): F {
  if (prefix === undefined) return made;
  const { name, code, ofHard, ofAny } = made;
  const as = (own: string) => `${prefix}_${own}`;
  return {
    ...made,
    code: renamed(code, declared(code), prefix),
    name: as(name),
    ...(ofHard && { ofHard: as(ofHard) }),
    ...(ofAny && { ofAny: as(ofAny) }),
  };
}

/**
 * What an entry's loss and gradient are multiplied by, before any denominator: `fn scaleOf(y: f32, weight: f32, …)`, weight · α_t,
 * and 0 for the ignored target whatever the weight.
 *
 * @throws {@link FocalLossError} if a prefix is none.
 */
export function scaleFunction(loss: Loss, options: Named = {}): ShaderFunction {
  checkLoss('scaleFunction', loss);
  return prefixed(ops.scaleFunction(loss), checkOptions('scaleFunction', options, named));
}

/**
 * The probability that the minimum of a loss stands for, before α: `fn posterior(x: f32, …)`, log(η/(1−η)) of a logit, at a
 * softmax `fn posterior(margin: Margin, …)`, log η but for what all classes of a row have in common.
 *
 * @throws {@link FocalLossError} with the reason, of a loss whose minimum does not tell it; or if a prefix is none.
 */
export function posteriorFunction(loss: Loss, options: Named = {}): ShaderFunction {
  checkLoss('posteriorFunction', loss);
  return prefixed(ops.posteriorFunction(loss), checkOptions('posteriorFunction', options, named));
}

/** `share` and `marginOf`, which find the `Margin` of a row and spread the slope over its logits. */
export const rowFunctions: string = ops.rowFunctions;

/**
 * {@link rowFunctions} beside a `marginLoss` of this prefix.
 *
 * @throws {@link FocalLossError} if a prefix is none.
 */
export function rowFunctionsOf(options: Named): string {
  const { prefix } = checkOptions('rowFunctionsOf', options, named) as Named;
  return prefix === undefined ? rowFunctions : renamed(rowFunctions, [...declared(rowFunctions), 'Margin'], prefix);
}

/**
 * The loss of one logit and one target, before α, weights and reduction: `fn loss(x: f32, y: f32, …)`, for any logit but
 * NaN; at ±∞ it gives the limit. It returns an `f32`, or of several parts a `Point` of `value` and `slope` (∂value/∂x).
 * Shape: elementwise.
 *
 * @throws {@link FocalLossError} if the formula cannot be written down, or a prefix is none.
 *
 * @example
 * ```ts
 * const { code, params } = lossFunction(sigmoidFocal({ gamma: 1.5 }), { slope: true });
 * const shader = `${prelude(code)}\n${code}\n… let at = loss(x, y, uniforms.gamma); …`;
 * ```
 */
export function lossFunction(loss: Loss, wanted: Wanted): LossFunction {
  checkLoss('lossFunction', loss);
  return prefixed(ops.lossFunction(loss, partsOf('lossFunction', wanted)), wanted);
}

/**
 * The softmax member at a margin, before α, weights and reduction: `fn loss(margin: Margin, …)`, where `Margin` has
 * `half`, half the margin z = x_t − logsumexp(x_j, j ≠ t), because z may be twice the largest number, and `low`, what
 * rounding took from z. `slope` is D = ∂value/∂z: then ∂value/∂x_t = D and ∂value/∂x_j = −r_j·D, where r is the softmax over
 * the other logits. Shape: one call a row.
 *
 * @throws {@link FocalLossError} if the formula cannot be written down, or a prefix is none.
 */
export function marginLoss(loss: Loss, wanted: Wanted): ShaderFunction {
  checkLoss('marginLoss', loss);
  return prefixed(ops.marginLoss(loss, partsOf('marginLoss', wanted)), wanted);
}
