import { FocalLossError, type Loss } from '@focal-loss/core';
import { dialectOf } from './dialects.ts';
import { entry, inOne, inputsOf } from './entry.ts';
import { sqlOps } from './ops.ts';
import { checked, type ExpressionOptions } from './options.ts';
import { stages } from './stages.ts';

/** What engines still read. */
const LONGEST = 500_000;

/**
 * A sigmoid loss, a derivative of it or the probability it stands for, as an expression over the columns of a row, in float64:
 * to select, to filter and order by, to put into an aggregate. NULL stays NULL; a target or a weight that is none gives NaN, or
 * NULL where the engine has no NaN.
 *
 * It gives nothing outside of it a name, so that it may stand anywhere, several times too; engines with common-subexpression
 * elimination (DuckDB, ClickHouse, Spark) compute what it repeats once. Where it would be too long to read, it is a subquery that
 * names its steps, in the engines that were run with it; for the others, {@link query} names what is shared.
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
  const dialect = dialectOf(given.dialect);
  const single = { ...loss, reduction: 'none' } as Loss;
  const one = inOne(single, given, dialect, dialect.nests ? undefined : LONGEST);
  if (one !== undefined) return one;
  if (!dialect.nests) {
    const takes = `a part whose expression has at most ${LONGEST} characters in ${dialect.name}: query names what this one repeats`;
    throw new FocalLossError('expression', [{ field: 'part', got: given.part ?? 'value', takes }]);
  }
  const writer = sqlOps({ dialect });
  const { steps, results } = writer.steps([entry(writer, single, given)]);
  const inputs = inputsOf(given, loss, dialect);
  // Names of columns apart: DuckDB takes one in the same SELECT for a column.
  const { text, last } = stages(
    dialect,
    [`SELECT ${[...inputs.values()].join(', ')}`],
    steps,
    `(${[...inputs.keys()].join(', ')})`,
  );
  return `(${text}\nSELECT ${results[0]} FROM ${last})`;
}
