/**
 * Focal loss and its family on plain typed arrays.
 *
 * @module
 */
export type { Float16ArrayLike, GradArray, Logits, NumericArray, ResultArray } from './arrays.ts';
export {
  type CompileOptions,
  compile,
  type GradOptions,
  type RunOptions,
  type TypedArrayLoss,
  type Value,
} from './compile.ts';
export { type EngineName, engines } from './start.ts';
