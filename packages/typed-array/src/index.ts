/**
 * Focal loss and its family on plain typed arrays.
 *
 * @module
 */
export type { Float16ArrayLike, GradArray, Logits, NumericArray, ResultArray } from './arrays.ts';
export type { GradOptions, HessOptions, RunOptions } from './call.ts';
export { type CompileOptions, compile, type TypedArrayLoss, type Value } from './compile.ts';
export { type EngineName, engines } from './engines.ts';
export { type ArrayKind, allocate, free } from './memory/allocate.ts';
export { type GradHess, type Objective, type ObjectiveOptions, objective } from './objective.ts';
