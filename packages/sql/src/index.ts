/**
 * The losses as SQL: {@link expression} for one entry, {@link query} for a whole call.
 *
 * @module
 */
export { type DialectName, dialects } from './dialects.ts';
export { type Column, type ExpressionOptions, expression } from './expression.ts';
export { type QueryOptions, query } from './query.ts';
