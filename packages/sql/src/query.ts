import {
  anything,
  type Checks,
  checkLoss,
  checkOptions,
  FocalLossError,
  flag,
  type Loss,
  type Problem,
} from '@focal-loss/core';
import { type Dialect, dialectOf, quoted } from './dialects.ts';
import { type Column, columnsOf, type ExpressionOptions, entry, farOf, inlined, part } from './expression.ts';
import { type Step, sqlOps } from './ops.ts';

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

/**
 * A query for what `reference(loss)` gives: for reductions `'mean'` and `'sum'` one row with the column `value`; for `'example'` one
 * for each example, with the column `example`; for `'none'`, and for every other part, one for each entry (at a softmax one a row
 * for the value, and one a logit for the others) with the columns of `keep`, and the part under its name.
 *
 * Entries without a logit, a target or a weight (NULL) are left out of sums and of what they are divided by, as `avg` does. At a
 * softmax a class whose logit is NULL is no class of that row.
 *
 * @throws {@link FocalLossError} naming each bad option.
 *
 * @example
 * ```ts
 * query(sigmoidFocal(), { from: 'predictions', logits: 'score', targets: 'label', dialect: 'duckdb' });
 * ```
 */
export function query(loss: Loss, options: QueryOptions): string {
  checkLoss('query', loss);
  const given = checkOptions('query', options, CHECKS) as unknown as QueryOptions;
  checkTogether(loss, given);
  return textOf(loss, given, dialectOf('query', given.dialect), true);
}

function textOf(loss: Loss, given: QueryOptions, dialect: Dialect, mayBeOne: boolean): string {
  const { part: wanted = 'value', normalizer, targetRows = false, weights, targets, example, keep = [] } = given;
  const rows = loss.link === 'softmax';
  const isEach = wanted !== 'value' || loss.reduction === 'none';
  const columns = columnsOf('query', given, loss, wanted);
  // One expression is computed where the rows are, by a server of a foreign table too.
  // Formulas with a branch for each label would have the one cut off where the other underflows.
  const isOne = mayBeOne && dialect.pushesDown && !rows && !isEach && loss.labels === 'alike';

  const writer = sqlOps({
    dialect,
    windows: isEach,
    rows,
    far: isOne ? farOf(loss, wanted, weights !== undefined) : undefined,
  });
  const { ops } = writer;
  const denominator = normalizer === undefined ? undefined : ops.constant(normalizer);
  const made = entry(writer, loss, wanted, weights !== undefined, { targetRows, denominator });
  const head =
    rows && isEach && wanted === 'value' ? ops.choose(writer.head(), ops.constant(1), ops.constant(0)) : undefined;
  const { steps, results } = writer.steps(head ? [made, head] : [made]);

  const named = (column: Column, field: string) => quoted('query', field, column, dialect);
  const inputs = new Map(
    Object.entries(columns).map(([name, column]) => [
      name,
      name === 'x' ? nearOf(castOf(named(column, name), dialect), dialect) : castOf(named(column, name), dialect),
    ]),
  );
  const from = `FROM ${named(given.from, 'from')} AS s`;
  const where = isEach ? '' : ` WHERE ${[...inputs.values()].map((column) => `${column} IS NOT NULL`).join(' AND ')}`;
  const group = example === undefined || isEach ? undefined : named(example, 'example');
  const as = `${dialect.quote}${wanted}${dialect.quote}`;
  if (isOne) {
    const value = `${inlined(steps, results[0], inputs)} AS ${as} ${from}${where}`;
    if (value.length > LONGEST) return textOf(loss, given, dialect, false);
    return group === undefined ? `SELECT ${value}` : `SELECT ${group} AS example, ${value} GROUP BY ${group}`;
  }

  const kept = keep.map((column) => named(column, 'keep'));
  const also = [...kept.map((column, i) => `${column} AS kept${i}`), ...(group === undefined ? [] : [`${group} AS g`])];
  const base = rows ? rowsOf(given, inputs, also, from, dialect) : [selectOf(inputs, also, from + where)];
  const { stages, place } = stagesOf(steps, base.length, isEach ? undefined : group === undefined ? [] : ['g']);
  const value = place(results[0]);
  const list = [
    ...(group === undefined ? [] : ['g AS example']),
    ...kept.map((column, i) => `kept${i} AS ${column.slice(column.lastIndexOf(`.${dialect.quote}`) + 1)}`),
    `${rows && isEach && targets !== undefined ? `CASE WHEN y IS NOT NULL THEN ${value} END` : value} AS ${as}`,
  ];
  const all = [...base, ...stages];
  const last = `SELECT ${list.join(', ')} FROM s${all.length}${head ? ` WHERE ${place(results[1])} = 1` : ''}`;
  return `WITH ${all.map((text, i) => `s${i + 1} AS${dialect.apart} (${text})`).join(',\n')}\n${last}`;
}

/** More than so many characters exhaust a server's stack. */
const LONGEST = 100_000;

const castOf = (column: string, { double }: Dialect) => `CAST(${column} AS ${double})`;

/** Where a difference of two logits may be too large for an error not to come of it, 10³⁰⁰ stands for more that is finite. */
const nearOf = (x: string, { underflows, infinity }: Dialect) =>
  underflows ? `CASE WHEN abs(${x}) > 1E300 AND abs(${x}) < ${infinity} THEN sign(${x}) * 1E300 ELSE ${x} END` : x;

const selectOf = (inputs: ReadonlyMap<string, string>, also: readonly string[], from: string) =>
  `SELECT ${[...Array.from(inputs, ([name, column]) => `${column} AS ${name}`), ...also].join(', ')} ${from}`;

/** The logits of a softmax, one a row of the step, with the rows they are of and their classes. */
function rowsOf(
  { row, class: k, logits }: QueryOptions,
  inputs: ReadonlyMap<string, string>,
  also: readonly string[],
  from: string,
  dialect: Dialect,
): string[] {
  const name = (column: Column | undefined, field: string) => quoted('query', field, column, dialect);
  const rest = new Map([...inputs].filter(([input]) => input !== 'x'));
  if (row !== undefined) {
    const own = new Map([...inputs, ['r', name(row, 'row')], ['k', castOf(name(k, 'class'), dialect)]]);
    return [selectOf(own, also, from)];
  }
  const numbered = new Map([...rest, ['r', 'row_number() OVER ()'], ['list', name(logits, 'logits')]]);
  const { from: elements, x, k: at } = dialect.unnest('list');
  const columns = [...rest.keys(), 'r', ...also.map((column) => column.slice(column.lastIndexOf(' ') + 1))];
  return [
    selectOf(numbered, also, from),
    `SELECT ${columns.join(', ')}, ${nearOf(castOf(x, dialect), dialect)} AS x, ${castOf(at, dialect)} AS k FROM s1${elements}`,
  ];
}

/**
 * Steps as queries one over the other. Each has what needs no other of it; what windows and sums read has a name by then.
 *
 * @param groups Sums stand in rows of their own, one for each of these; undefined: beside each row.
 */
function stagesOf(steps: readonly Step[], first: number, groups: readonly string[] | undefined) {
  const names = new Map(steps.map(({ name }) => [name, `f_${name}`]));
  const place = (text: string) => text.replace(/[A-Za-z_]\w*/g, (own) => names.get(own) ?? own);
  const isSum = ({ expression }: Step) =>
    groups !== undefined && /\b(sum|count)\(/.test(expression) && !/ OVER /.test(expression);
  const level = new Map<string, number>();
  const below = ({ expression }: Step) =>
    (expression.match(/[A-Za-z_]\w*/g) ?? []).reduce((most, name) => Math.max(most, level.get(name) ?? 0), 0);
  const sums = steps.filter(isSum);
  // Sums come when all is there that they are of.
  for (const step of steps) if (!isSum(step)) level.set(step.name, below(step) + 1);
  const middle = sums.reduce((most, step) => Math.max(most, below(step)), 0) + 1;
  const ofSums = new Set(sums.map(({ name }) => name));
  for (const step of steps) {
    const reads = step.expression.match(/[A-Za-z_]\w*/g) ?? [];
    if (ofSums.has(step.name)) level.set(step.name, middle);
    else if (reads.some((name) => ofSums.has(name))) {
      ofSums.add(step.name);
      level.set(step.name, Math.max(below(step), middle) + 1);
    }
  }
  const stages: string[] = [];
  const last = Math.max(0, ...level.values());
  for (let at = 1; at <= last; at++) {
    const own = steps.filter(
      ({ name }) => level.get(name) === at && (at < middle || ofSums.has(name) || groups === undefined),
    );
    const made = own.map(({ name, expression }) => `${place(expression)} AS ${place(name)}`);
    const isGrouping = groups !== undefined && sums.length > 0 && at === middle;
    const by = isGrouping && groups.length > 0 ? ` GROUP BY ${groups.join(', ')}` : '';
    const list = isGrouping ? [...groups, ...made] : ['*', ...made];
    stages.push(`SELECT ${list.join(', ')} FROM s${first + at - 1}${by}`);
  }
  return { stages, place };
}

const CHECKS: Checks = {
  ...Object.fromEntries(
    ['logits', 'targets', 'weights', 'classes', 'dialect', 'from', 'row', 'class', 'example', 'keep'].map((name) => [
      name,
      anything,
    ]),
  ),
  part,
  targetRows: flag,
  normalizer: { takes: 'a finite number ≥ 0', accepts: (got) => Number.isFinite(got) && Number(got) >= 0 },
};

function checkTogether(
  loss: Loss,
  { row, class: k, targetRows, example, normalizer, keep, part = 'value' }: QueryOptions,
): void {
  const problems: Problem[] = [];
  const bad = (field: string, got: unknown, takes: string) => problems.push({ field, got, takes });
  const isSoftmax = loss.link === 'softmax';
  if (!isSoftmax && row !== undefined) bad('row', row, 'nothing at a sigmoid loss');
  if (!isSoftmax && k !== undefined) bad('class', k, 'nothing at a sigmoid loss');
  if (isSoftmax && (row === undefined) !== (k === undefined)) bad('class', k, 'a column beside row, and only there');
  if (targetRows && (row === undefined || loss.targets !== 'class'))
    bad('targetRows', true, 'rows of logits, by row and class, of a loss of classes');
  if (targetRows && loss.ignoreIndex !== undefined) bad('targetRows', true, 'no ignoreIndex beside it');
  const byExample = loss.reduction === 'example' && part === 'value';
  if (byExample !== (example !== undefined))
    bad('example', example, byExample ? "a column: reduction is 'example'" : 'nothing here');
  if (normalizer !== undefined && loss.reduction !== 'mean')
    bad('normalizer', normalizer, `nothing with reduction '${loss.reduction}'`);
  if (keep !== undefined && !Array.isArray(keep)) bad('keep', keep, 'a list of columns');
  if (problems.length > 0) throw new FocalLossError('query', problems);
}
