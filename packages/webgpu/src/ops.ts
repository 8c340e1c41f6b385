/**
 * The algebra of this adapter is text: WGSL, as `@focal-loss/shader` writes it.
 *
 * @module
 */

import type { Derivative, Loss } from '@focal-loss/core';
import {
  wgsl as language,
  lossFunction as lossIn,
  marginLoss as marginIn,
  posteriorFunction as posteriorIn,
  prelude as preludeIn,
  rowFunctions as rowsIn,
  scaleFunction as scaleIn,
} from '@focal-loss/shader';

export {
  once,
  pairwise,
  parametersOf,
  type ShaderFunction,
  type ShaderParameter,
  smoothingOf,
} from '@focal-loss/shader';

/** How WGSL spells what formulas are made of. */
export const wgsl = language.syntax;
export const lossFunction = (loss: Loss, wants: readonly Derivative[], options: { readonly hard?: boolean } = {}) =>
  lossIn(language, loss, wants, options);
export const marginLoss = (loss: Loss, wants: readonly Derivative[]) => marginIn(language, loss, wants);
export const scaleFunction = (loss: Loss) => scaleIn(language, loss);
export const posteriorFunction = (loss: Loss) => posteriorIn(language, loss);
export const rowFunctions = rowsIn(language);
export const prelude = (text: string) => preludeIn(language, text);
