import { type Check, type Checks, checkLoss, checkOptions, flag, type Loss, oneOf, type Part } from '@focal-loss/core';
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

/** A column or a table. */
export const name: Check = { takes: 'a name, or a list of names: schema, table', accepts: isName };
const ofExpression: Checks = {
  ...{ logits: name, targets: name, weights: name, classes: name },
  part: oneOf('value', 'grad', 'hess', 'posterior'),
  dialect: { takes: dialects.join(', '), accepts: (got) => dialects.includes(got as DialectName), required: true },
};
/** What each call takes. */
export const CHECKS = {
  expression: ofExpression,
  query: {
    ...ofExpression,
    ...{ from: name, row: name, class: name, example: name },
    keep: { takes: 'a list of columns', accepts: (got) => Array.isArray(got) && Array.from(got).every(isName) },
    targetRows: flag,
    normalizer: { takes: 'a finite number ≥ 0', accepts: (got) => Number.isFinite(got) && Number(got) >= 0 },
  } as Checks,
};

const needed = (is: boolean, takes: string): Check => ({ takes, accepts: () => true, required: is });
const barred = (is: unknown, takes: string): Check => ({ takes, accepts: () => !is });

/**
 * The options of a call, looked at, each and together.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export function checked<O extends ExpressionOptions>(where: keyof typeof CHECKS, loss: Loss, options: O): O {
  checkLoss(where, loss);
  const given = checkOptions(where, options, CHECKS[where]) as unknown as O & Partial<QueryOptions>;
  const { part = 'value', row, targetRows } = given;
  const isQuery = where === 'query';
  const isSoftmax = loss.link === 'softmax';
  const isTold = part === 'posterior';
  const byClass = !isSoftmax && typeof loss.alpha === 'object';
  const byExample = loss.reduction === 'example' && part === 'value';
  const isPlace = isSoftmax && (row === undefined) !== (given.class === undefined);
  const isClass = row !== undefined && loss.targets === 'class';
  const ofSigmoid = barred(!isSoftmax, 'nothing at a sigmoid loss');
  const problem = {
    field: 'loss',
    got: loss.name,
    takes: 'a sigmoid loss: the entries of a softmax are several logits; query takes them as arrays or in rows',
  };
  checkOptions(
    where,
    given,
    {
      ...CHECKS[where],
      logits: needed(true, 'a column'),
      targets: isTold ? barred(true, "nothing with part 'posterior'") : needed(true, 'a column'),
      weights: barred(isTold, "nothing with part 'posterior'"),
      classes: byClass
        ? needed(true, 'the column of the class: alpha is a list')
        : barred(true, 'nothing: alpha is no list of classes'),
      ...(isQuery && {
        from: needed(true, 'a table'),
        row: ofSigmoid,
        class: isSoftmax
          ? { ...needed(isPlace, 'a column beside row, and only there'), accepts: () => !isPlace }
          : ofSigmoid,
        targetRows: !isClass
          ? barred(targetRows, 'rows of logits, by row and class, of a loss of classes')
          : barred(targetRows && loss.ignoreIndex !== undefined, 'no ignoreIndex beside it'),
        example: byExample ? needed(true, "a column: reduction is 'example'") : barred(true, 'nothing here'),
        keep: barred(part === 'value' && loss.reduction !== 'none', `nothing with reduction '${loss.reduction}'`),
        normalizer: barred(loss.reduction !== 'mean', `nothing with reduction '${loss.reduction}'`),
      }),
    },
    isSoftmax && !isQuery ? [problem] : [],
  );
  return given;
}
