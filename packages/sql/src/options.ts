import {
  type Check,
  checkLoss,
  checkOptions,
  FocalLossError,
  flag,
  type Loss,
  oneOf,
  type Part,
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
const ofExpression = {
  ...{ logits: name, targets: name, weights: name, classes: name },
  part: oneOf('value', 'grad', 'hess', 'posterior'),
  dialect: { takes: dialects.join(', '), accepts: (got: unknown) => dialects.includes(got as DialectName) },
};
const CHECKS = {
  expression: ofExpression,
  query: {
    ...{ ...ofExpression, from: name, row: name, class: name, example: name },
    keep: { takes: 'a list of columns', accepts: (got: unknown) => Array.isArray(got) && got.every(isName) },
    targetRows: flag,
    normalizer: { takes: 'a finite number ≥ 0', accepts: (got: unknown) => Number.isFinite(got) && Number(got) >= 0 },
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
  const isSoftmax = loss.link === 'softmax';
  const isTold = part === 'posterior';
  const byExample = loss.reduction === 'example' && part === 'value';
  const needed = (is: boolean, field: keyof QueryOptions, takes: string) =>
    bad(is && given[field] === undefined, field, takes);
  const barred = (is: boolean, field: keyof QueryOptions, takes: string) =>
    bad(is && given[field] !== undefined, field, takes);
  const bad = (is: unknown, field: keyof QueryOptions, takes: string) =>
    is ? [{ field, got: given[field], takes }] : [];
  const problems = [
    ...needed(true, 'logits', 'a column'),
    ...needed(!isTold, 'targets', 'a column'),
    ...barred(isTold, 'targets', "nothing with part 'posterior'"),
    ...barred(isTold, 'weights', "nothing with part 'posterior'"),
    ...needed(!isSoftmax && typeof loss.alpha === 'object', 'classes', 'the column of the class: alpha is a list'),
    ...needed(true, 'dialect', dialects.join(', ')),
    ...needed(where === 'query', 'from', 'a table'),
    ...barred(!isSoftmax, 'row', 'nothing at a sigmoid loss'),
    ...barred(!isSoftmax, 'class', 'nothing at a sigmoid loss'),
    ...bad(
      isSoftmax && (row === undefined) !== (given.class === undefined),
      'class',
      'a column beside row, and only there',
    ),
    ...bad(
      targetRows && (row === undefined || loss.targets !== 'class'),
      'targetRows',
      'rows of logits, by row and class, of a loss of classes',
    ),
    ...bad(targetRows && loss.ignoreIndex !== undefined, 'targetRows', 'no ignoreIndex beside it'),
    ...needed(where === 'query' && byExample, 'example', "a column: reduction is 'example'"),
    ...barred(!byExample, 'example', 'nothing here'),
    ...barred(loss.reduction !== 'mean', 'normalizer', `nothing with reduction '${loss.reduction}'`),
  ];
  if (problems.length > 0) throw new FocalLossError(where, problems);
  return given;
}
