/**
 * The losses as SQL: {@link expression} for one entry, {@link query} for a whole call.
 *
 * @module
 */
export { type Column, type DialectName, dialects } from './dialects.ts';
export { expression } from './expression.ts';
export type { ExpressionOptions, QueryOptions } from './options.ts';
export { query } from './query.ts';
