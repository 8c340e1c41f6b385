/**
 * The losses as WGSL text, without a device: what the kernels of this package are made of, for whoever writes kernels
 * of their own. `@focal-loss/shader`, which writes them, has them in GLSL too.
 *
 * {@link lossFunction} gives a self-contained function (x, y, parameters) → value, or value and slope. {@link marginLoss}
 * is its counterpart for rows, the same at a margin; {@link rowFunctions} find the margin of a row and spread the slope
 * over its logits. {@link scaleFunction} gives what an entry is multiplied by: its weight times α_t, 0 if it is ignored.
 * No text contains its helpers: put `prelude(text)` beside all you use, once.
 *
 * @module
 */
import type { Derivative, Loss } from '@focal-loss/core';
import type { LossFunction, ShaderFunction } from '@focal-loss/shader';
import * as ops from './ops.ts';

export { parametersOf as paramsOf, posteriorFunction, prelude, rowFunctions, scaleFunction, wgsl } from './ops.ts';
export type { LossFunction, ShaderFunction as WgslFunction };

/** What a function is to return: a list of parts, or the value with or without its slope. */
export type Wanted = { readonly wants: readonly Derivative[] } | { readonly slope: boolean };

const partsOf = (wanted: Wanted): readonly Derivative[] =>
  'wants' in wanted ? wanted.wants : wanted.slope ? ['value', 'grad'] : ['value'];

/**
 * The loss of one logit and one target, before α, weights and reduction: `fn loss(x: f32, y: f32, …)`, for any logit but
 * NaN; at ±∞ it gives the limit. It returns an `f32`, or of several parts a `Point` of `value` and `slope` (∂value/∂x).
 * Shape: elementwise.
 *
 * @throws {@link FocalLossError} if the formula cannot be written down.
 *
 * @example
 * ```ts
 * const { code, params } = lossFunction(sigmoidFocal({ gamma: 1.5 }), { slope: true });
 * const shader = `${prelude(code)}\n${code}\n… let at = loss(x, y, uniforms.gamma); …`;
 * ```
 */
export const lossFunction = (loss: Loss, wanted: Wanted): LossFunction => ops.lossFunction(loss, partsOf(wanted));

/**
 * The softmax member at a margin, before α, weights and reduction: `fn loss(margin: Margin, …)`, where `Margin` has
 * `half`, half the margin z = x_t − logsumexp(x_j, j ≠ t), because z may be twice the largest number, and `low`, what
 * rounding took from z. `slope` is D = ∂value/∂z: then ∂value/∂x_t = D and ∂value/∂x_j = −r_j·D, where r is the softmax over
 * the other logits. Shape: one call a row.
 *
 * @throws {@link FocalLossError} if the formula cannot be written down.
 */
export const marginLoss = (loss: Loss, wanted: Wanted): ShaderFunction => ops.marginLoss(loss, partsOf(wanted));
