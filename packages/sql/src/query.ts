import type { Loss } from '@focal-loss/core';
import { type Column, type Dialect, dialectOf, quoted } from './dialects.ts';
import { entry, inOne, inputsOf } from './entry.ts';
import { inlined, layout } from './layout.ts';
import { type Step, sqlOps } from './ops.ts';
import { checked, type QueryOptions } from './options.ts';
import { namesIn, stages } from './stages.ts';

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
  const given = checked('query', loss, options);
  const dialect = dialectOf(given.dialect);
  const { part = 'value', targets, example, keep = [] } = given;
  const rows = loss.link === 'softmax';
  const isEach = part !== 'value' || loss.reduction === 'none';

  const named = (column: Column) => quoted(column, dialect);
  const inputs = inputsOf(given, loss, dialect);
  const present = inputsOf(given, loss, dialect, (column) => `${column} IS NOT NULL`);
  const where = isEach ? '' : ` WHERE ${[...present.values()].join(' AND ')}`;
  const from = `FROM ${named(given.from)} AS s${where}`;
  const as = `AS ${dialect.quote}${part}${dialect.quote}`;
  const group = example === undefined ? undefined : named(example);
  // One expression is computed where the rows are, by a server of a foreign table too.
  const isOne = dialect.strict && !rows && !isEach && typeof loss.alpha !== 'object';
  const one = isOne ? inOne(loss, given, dialect) : undefined;
  if (one !== undefined) {
    return group === undefined
      ? `SELECT ${one} ${as}\n${from}`
      : `SELECT ${group} AS example, ${one} ${as}\n${from} GROUP BY ${group}`;
  }

  const writer = sqlOps({ dialect, windows: isEach, rows });
  const made = entry(writer, loss, given);
  const isFirst = rows && isEach && part === 'value';
  const { steps, results } = writer.steps(isFirst ? [made, writer.isHead()] : [made]);
  const kept = keep.map(named);
  const also = [...kept.map((column, i) => `${column} AS kept${i}`), ...(group === undefined ? [] : [`${group} AS g`])];
  const base = rows ? rowsOf(given, inputs, also, from, dialect) : [selectOf(inputs, also, from)];
  const { early, late } = parted(steps, isEach);
  const { text, last } = stages(dialect, base, early);
  const value = layout(String(inlined(late, results[0])));
  const list = [
    ...(group === undefined ? [] : ['g AS example']),
    ...kept.map((column, i) => `kept${i} AS ${column.slice(column.lastIndexOf(`.${dialect.quote}`) + 1)}`),
    `${rows && isEach && targets !== undefined ? `CASE WHEN y IS NOT NULL THEN ${value} END` : value} ${as}`,
  ];
  const end = `${isFirst ? ` WHERE ${results[1]} = 1` : ''}${group === undefined ? '' : ' GROUP BY g'}`;
  return `${text}\nSELECT ${list.join(', ')} FROM ${last}${end}`;
}

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
  const { double, strict, infinity, unnest } = dialect;
  /** Where a difference of two logits may be too large for an error not to come of it, 10³⁰⁰ stands for more that is finite. */
  const near = (x: string) =>
    strict ? `CASE WHEN abs(${x}) > 1E300 AND abs(${x}) < ${infinity} THEN sign(${x}) * 1E300 ELSE ${x} END` : x;
  const { x, ...rest } = Object.fromEntries(inputs);
  if (row !== undefined && k !== undefined) {
    const own = { x: near(x), ...rest, r: quoted(row, dialect), k: double(quoted(k, dialect)) };
    return [selectOf(new Map(Object.entries(own)), also, from)];
  }
  const numbered = { ...rest, r: 'row_number() OVER ()', list: quoted(logits, dialect) };
  const [elements, logit, place] = unnest('list');
  const columns = [...Object.keys(rest), 'r', ...also.map((column) => column.slice(column.lastIndexOf(' ') + 1))];
  return [
    selectOf(new Map(Object.entries(numbered)), also, from),
    `SELECT ${columns.join(', ')}, ${near(double(logit))} AS x, ${double(`(${place})`)} AS k FROM s1${elements}`,
  ];
}

/** What is computed of each row, and what of sums over them: that stands in the last SELECT. */
function parted(steps: readonly Step[], isEach: boolean) {
  const late = new Map<string, Step>();
  for (const step of steps) {
    const [name, text] = step;
    const isSum = !isEach && /\b(sum|count)\(/.test(text) && !/ OVER /.test(text);
    if (isSum || namesIn(text).some((own) => late.has(own))) late.set(name, step);
  }
  return { early: steps.filter(([name]) => !late.has(name)), late: [...late.values()] };
}
