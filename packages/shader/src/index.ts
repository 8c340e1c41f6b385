/**
 * The losses as shader text, without a device: what kernels of WebGPU and WebGL are made of, whatever framework runs them.
 *
 * {@link lossFunction} writes a self-contained function (x, y, parameters) → parts in a {@link Language}, {@link wgsl} or
 * {@link glsl}. {@link marginLoss} is its counterpart for rows, the same at a margin; {@link rowFunctions} find the margin
 * of a row and spread the slope over its logits. {@link scaleFunction} gives what an entry is multiplied by: its weight
 * times α_t, 0 if it is ignored; {@link entryFunction} all of that together, for kernels that do an entry an invocation,
 * and {@link softRowFunctions} for rows of probabilities. No text contains its helpers: put {@link prelude} of all you use beside it, once.
 *
 * @module
 */
export { type Access, entryFunction } from './entry.ts';
export { glsl } from './glsl.ts';
export { prelude } from './helpers.ts';
export type { Definition, Language, ShaderParameter, Type } from './language.ts';
export { type LossFunction, lossFunction } from './loss.ts';
export { marginLoss } from './margin.ts';
export { parametersOf, type ShaderFunction } from './point.ts';
export { posteriorFunction } from './posterior.ts';
export { rowFunctions, shareFunction } from './rows.ts';
export { scaleFunction } from './scale.ts';
export { smoothingOf } from './smoothing.ts';
export { SOFT_ROW, softRowFunctions, softRowParameters } from './softrow.ts';
export { once, pairwise } from './text.ts';
export { wgsl } from './wgsl.ts';
