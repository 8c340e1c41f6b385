import { FocalLossError, type Loss } from '@focal-loss/core';
import { dialectOf } from './dialects.ts';
import { entry, farOf, inputsOf, whole } from './entry.ts';
import { sqlOps } from './ops.ts';
import { checked, type ExpressionOptions } from './options.ts';

/** What engines still read. */
const LONGEST = 500_000;

/**
 * A sigmoid loss, a derivative of it or the probability it stands for, as an expression over the columns of a row, in float64:
 * to select, to filter and order by, to put into an aggregate. NULL stays NULL; a target or a weight that is none gives NaN, or
 * NULL where the engine has no NaN.
 *
 * It names nothing, so that it may stand anywhere, several times too; engines with common-subexpression elimination (DuckDB,
 * ClickHouse, Spark) compute what it repeats once. {@link query} names what is shared.
 *
 * @throws {@link FocalLossError} of a softmax loss, whose entries are rows of several logits; naming each bad option; of part
 *   `'posterior'` where the minimum of the loss tells no probability.
 *
 * @example
 * ```ts
 * expression(sigmoidFocal({ gamma: 2 }), { logits: 'score', targets: 'label', dialect: 'duckdb' });
 * ```
 */
export function expression(loss: Loss, options: ExpressionOptions): string {
  const given = checked('expression', loss, options);
  const refuse = (field: string, got: string, takes: string) =>
    new FocalLossError('expression', [{ field, got, takes }]);
  if (loss.link === 'softmax') {
    const takes = 'a sigmoid loss: the entries of a softmax are several logits; query takes them as arrays or in rows';
    throw refuse('loss', loss.name, takes);
  }
  const dialect = dialectOf(given.dialect);
  const writer = sqlOps({ dialect, windows: false, rows: false, far: farOf(loss, given) });
  const made = entry(writer, dialect, { ...loss, reduction: 'none' } as Loss, given);
  const text = whole(writer, made, inputsOf(given, loss, dialect), true);
  if (text.length <= LONGEST) return text;
  const takes = `a part whose expression has at most ${LONGEST} characters in ${dialect.name}: query names what this one repeats`;
  throw refuse('part', given.part ?? 'value', takes);
}
