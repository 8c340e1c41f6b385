import {
  type Check,
  type Checks,
  checkLoss,
  checkOptions,
  FocalLossError,
  flag,
  type Loss,
  oneOf,
  type Part,
  type Problem,
} from '@focal-loss/core';
import { type Column, type DialectName, dialects, isName } from './dialects.ts';

/** What an expression reads. */
export interface ExpressionOptions {
  /** The column of the logits: its name, or its name behind that of its table. */
  readonly logits: Column;
  /** The column of the targets: labels in [0, 1], or qualities. Not for part `'posterior'`. */
  readonly targets?: Column | undefined;
  /** A column of weights ≥ 0. */
  readonly weights?: Column | undefined;
  /** The column with the number of the class, from 0 on: where α is a list. */
  readonly classes?: Column | undefined;
  /** Default `'value'`. Derivatives are those of the entry's own loss, before any reduction. */
  readonly part?: Part | undefined;
  readonly dialect: DialectName;
}

/** What a query reads, and what it gives. */
export interface QueryOptions extends ExpressionOptions {
  /** The table, or schema and table. DuckDB takes the name of a file as well: `'predictions.parquet'`. */
  readonly from: Column;
  /** Softmax: the column that tells rows of logits apart. Without it `logits` are arrays, one a row of the table. */
  readonly row?: Column | undefined;
  /** Softmax: the column with the number of the class, from 0 on; with `row`. */
  readonly class?: Column | undefined;
  /** Softmax, with `row`: whether `targets` are the probabilities of the classes, one a logit. Default: one class, the same in all of a row. */
  readonly targetRows?: boolean | undefined;
  /** For reduction `'example'`: the column that tells examples apart. */
  readonly example?: Column | undefined;
  /** Columns that results of single entries come with. */
  readonly keep?: readonly Column[] | undefined;
  /** What `'mean'` divides by, instead of the loss's own. */
  readonly normalizer?: number | undefined;
}

const name: Check = { takes: 'a name, or a list of names: schema, table', accepts: isName };
const ofExpression: Checks = {
  ...{ logits: name, targets: name, weights: name, classes: name },
  part: oneOf('value', 'grad', 'hess', 'posterior'),
  dialect: { takes: dialects.join(', '), accepts: (got) => dialects.includes(got as DialectName), required: true },
};
const CHECKS: Readonly<Record<'expression' | 'query', Checks>> = {
  expression: ofExpression,
  query: {
    ...{ ...ofExpression, from: name, row: name, class: name, example: name },
    keep: { takes: 'a list of columns', accepts: (got) => Array.isArray(got) && Array.from(got).every(isName) },
    targetRows: flag,
    normalizer: { takes: 'a finite number ≥ 0', accepts: (got) => Number.isFinite(got) && Number(got) >= 0 },
  },
};

/**
 * The options of a call, looked at, each and together.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export function checked<O extends ExpressionOptions>(where: keyof typeof CHECKS, loss: Loss, options: O): O {
  checkLoss(where, loss);
  const given = checkOptions(where, options, CHECKS[where]) as unknown as O & Partial<QueryOptions>;
  const { part = 'value', row, targetRows } = given;
  const has = (field: keyof QueryOptions) => given[field] !== undefined;
  const isQuery = where === 'query';
  const isSoftmax = loss.link === 'softmax';
  const isTold = part === 'posterior';
  const byClass = !isSoftmax && typeof loss.alpha === 'object';
  const byExample = isQuery && loss.reduction === 'example' && part === 'value';
  const isReduced = part === 'value' && loss.reduction !== 'none';
  const withReduction = `nothing with reduction '${loss.reduction}'`;
  const rules: readonly (readonly [field: keyof QueryOptions, isRight: boolean, takes: string])[] = [
    ['logits', has('logits'), 'a column'],
    ['targets', has('targets') !== isTold, isTold ? "nothing with part 'posterior'" : 'a column'],
    ['weights', !(isTold && has('weights')), "nothing with part 'posterior'"],
    ['classes', has('classes') || !byClass, 'the column of the class: alpha is a list'],
    ['classes', !has('classes') || byClass, 'nothing where alpha is no list of a sigmoid loss'],
    ['from', has('from') || !isQuery, 'a table'],
    ['row', !has('row') || isSoftmax, 'nothing at a sigmoid loss'],
    ['class', !has('class') || isSoftmax, 'nothing at a sigmoid loss'],
    ['class', has('class') === has('row') || !isSoftmax, 'a column beside row, and only there'],
    [
      'targetRows',
      !targetRows || (row !== undefined && loss.targets === 'class'),
      'rows of logits, by row and class, of a loss of classes',
    ],
    ['targetRows', !targetRows || loss.ignoreIndex === undefined, 'no ignoreIndex beside it'],
    ['example', has('example') || !byExample, "a column: reduction is 'example'"],
    ['example', !has('example') || byExample, 'nothing here'],
    ['keep', !(isReduced && has('keep')), withReduction],
    ['normalizer', !has('normalizer') || loss.reduction === 'mean', withReduction],
  ];
  const problems: Problem[] = rules.flatMap(([field, isRight, takes]) =>
    isRight ? [] : [{ field, got: given[field], takes }],
  );
  if (isSoftmax && !isQuery) {
    const takes = 'a sigmoid loss: the entries of a softmax are several logits; query takes them as arrays or in rows';
    problems.push({ field: 'loss', got: loss.name, takes });
  }
  if (problems.length > 0) throw new FocalLossError(where, problems);
  return given;
}
