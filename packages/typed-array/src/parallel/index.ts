/**
 * Typed-array losses over a pool of threads.
 *
 * @module
 */
import { OWN_THREAD } from './messages.ts';
import { serve } from './serve.ts';

if (typeof window === 'undefined' && (globalThis as { name?: unknown }).name === OWN_THREAD) serve();

export { compile, type ParallelLoss, type ParallelOptions } from './compile.ts';
