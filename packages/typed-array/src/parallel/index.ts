/**
 * Typed-array losses over a pool of threads.
 *
 * @module
 */
export { compile, type ParallelLoss, type ParallelOptions } from './compile.ts';
