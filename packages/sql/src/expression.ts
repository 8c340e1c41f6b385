import {
  anything,
  checkLoss,
  checkOptions,
  checkTold,
  FocalLossError,
  frame,
  jet,
  type Loss,
  numbers,
  type Ops,
  oneOf,
  orderOf,
  type Part,
  posteriorLogits,
  reference,
  type Text,
} from '@focal-loss/core';
import { type Dialect, type DialectName, dialectOf, quoted } from './dialects.ts';
import { type Step, sqlOps } from './ops.ts';

/** A column: its name, or its name behind that of its table. */
export type Column = string | readonly string[];

/** What an expression reads. */
export interface ExpressionOptions {
  /** The column of the logits. */
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

/** The parts there are. */
export const part = oneOf('value', 'grad', 'hess', 'posterior');

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
  checkLoss('expression', loss);
  const checks = { logits: anything, targets: anything, weights: anything, classes: anything, part, dialect: anything };
  const given = checkOptions('expression', options, checks) as unknown as ExpressionOptions;
  const dialect = dialectOf('expression', given.dialect);
  if (loss.link === 'softmax') {
    const takes = 'a sigmoid loss: the entries of a softmax are several logits; query takes them as arrays or in rows';
    throw new FocalLossError('expression', [{ field: 'loss', got: loss.name, takes }]);
  }
  const { part: wanted = 'value' } = given;
  const columns = columnsOf('expression', given, loss, wanted);
  const writer = sqlOps({
    dialect,
    windows: false,
    rows: false,
    far: farOf(loss, wanted, given.weights !== undefined),
  });
  const own = { ...loss, reduction: 'none' } as Loss;
  const near = writer.named(`CASE WHEN abs(x) BETWEEN ${FAR} AND ${dialect.infinity} THEN ${FAR} * sign(x) ELSE x END`);
  const at = { ...writer, ops: { ...writer.ops, far: Infinity } };
  const isWeighted = given.weights !== undefined;
  const finite = entry(at, own, wanted, isWeighted, { logits: near });
  const beyond = wanted === 'value' ? growing(own, isWeighted, dialect) : undefined;
  const made = beyond === undefined ? finite : writer.ops.add(finite, { code: beyond });
  const { steps, results } = writer.steps([made]);
  const known = new Map<string, string>();
  for (const [name, column] of Object.entries(columns)) {
    known.set(name, `CAST(${quoted('expression', name, column, dialect)} AS ${dialect.double})`);
  }
  const text = inlined(steps, results[0], known);
  if (text.length > LONGEST) {
    const takes = `a part whose expression has at most ${LONGEST} characters in ${dialect.name}: query names what this one repeats`;
    throw new FocalLossError('expression', [{ field: 'part', got: wanted, takes }]);
  }
  return text;
}

/** What engines still read. */
const LONGEST = 500_000;

/** A logit of more is taken for this; what makes a loss infinite is added. */
const FAR = '1E90';

/** ∞ at a logit of ±∞ where the loss is infinite there, which the reference tells. */
function growing(loss: Loss, weighted: boolean, { infinity }: Dialect): string | undefined {
  const labels = { 'y = 0': 0, 'y > 0 AND y < 1': 0.5, 'y = 1': 1 };
  const alpha = typeof loss.alpha === 'object' ? undefined : loss.alpha;
  const { value } = reference({ ...loss, alpha, ignoreIndex: undefined, reduction: 'sum' } as Loss<'sum'>);
  const cases = [Infinity, -Infinity].flatMap((x) => {
    const where = Object.entries(labels).filter(([, y]) => value([x], [y]) === Infinity);
    if (where.length === 0) return [];
    const kept = loss.ignoreIndex === undefined ? '' : ` AND y <> ${loss.ignoreIndex}`;
    const weight = weighted ? ' AND w > 0' : '';
    const at = `x = ${x < 0 ? '-' : ''}${infinity}`;
    return [`WHEN ${at} AND (${where.map(([label]) => label).join(' OR ')})${kept}${weight} THEN ${infinity}`];
  });
  return cases.length === 0 ? undefined : `(CASE ${cases.join(' ')} ELSE 0 END)`;
}

/** One expression of all steps, with the columns of the inputs. */
export function inlined(steps: readonly Step[], result: string, inputs: ReadonlyMap<string, string>): string {
  const known = new Map(inputs);
  const inline = (text: string) => text.replace(/[A-Za-z_]\w*/g, (name) => known.get(name) ?? name);
  for (const { name, expression } of steps)
    known.set(name, name === result ? inline(expression) : `(${inline(expression)})`);
  return inline(result);
}

/** The columns by the names that they have in the text. */
export function columnsOf(
  where: string,
  { logits, targets, weights, classes }: Omit<ExpressionOptions, 'dialect'>,
  { alpha, link }: Loss,
  wanted: Part,
): Readonly<Record<string, Column>> {
  const isTold = wanted === 'posterior';
  const needsClass = link === 'sigmoid' && typeof alpha === 'object';
  const problems = [
    ...(logits === undefined ? [{ field: 'logits', got: logits, takes: 'a column' }] : []),
    ...(!isTold && targets === undefined ? [{ field: 'targets', got: targets, takes: 'a column' }] : []),
    ...(isTold && targets !== undefined
      ? [{ field: 'targets', got: targets, takes: "nothing with part 'posterior'" }]
      : []),
    ...(isTold && weights !== undefined
      ? [{ field: 'weights', got: weights, takes: "nothing with part 'posterior'" }]
      : []),
    ...(needsClass && classes === undefined
      ? [{ field: 'classes', got: classes, takes: 'the column of the class: alpha is a list' }]
      : []),
  ];
  if (problems.length > 0) throw new FocalLossError(where, problems);
  const columns = { x: logits, y: targets, w: weights, ...(needsClass && { c: classes }) };
  return Object.fromEntries(Object.entries(columns).flatMap(([name, own]) => (own === undefined ? [] : [[name, own]])));
}

/** A part of a loss over the columns, reduced as the loss says. */
export function entry(
  { ops, named }: ReturnType<typeof sqlOps>,
  loss: Loss,
  wanted: Part,
  weighted: boolean,
  more: {
    readonly logits?: Text;
    readonly targetRows?: boolean | undefined;
    readonly denominator?: Text | undefined;
  } = {},
): Text {
  const { logits = { code: 'x' } } = more;
  const alpha = alphaOf(loss, (factors, column) => {
    const cases = factors.map((factor, i) => `WHEN ${column} = ${i} THEN ${ops.constant(factor).code}`).join(' ');
    return named(`CASE ${cases} ELSE ${ops.constant(Number.NaN).code} END`);
  });
  if (wanted === 'posterior') {
    checkTold(loss);
    const log = posteriorLogits(ops, loss, { logits, alpha });
    return loss.link === 'sigmoid' ? ops.sigmoid(log) : ops.exp(log);
  }
  const inputs = { ...more, logits, targets: { code: 'y' }, weights: weighted ? { code: 'w' } : undefined, alpha };
  return frame(ops, loss, inputs, [wanted])[wanted] as Text;
}

function alphaOf({ alpha, link }: Loss, choice: (factors: readonly number[], column: string) => Text) {
  if (typeof alpha !== 'object') return undefined;
  if (link === 'softmax') return { classes: choice(alpha, 'k') };
  return {
    positive: choice(alpha, 'c'),
    negative: choice(
      alpha.map((own) => 1 - own),
      'c',
    ),
  };
}

/**
 * The largest logit up to which no product of a formula leaves float64, found by trying: an engine may take such a product for an
 * error. The exponential of more is 0.
 */
export function farOf({ formula, params }: Loss, wanted: Part, weighted: boolean): number {
  if (wanted === 'posterior') return 350;
  // Weights may make a product smaller yet.
  const least = weighted ? 1e-290 : 1e-307;
  let lost = false;
  const watch =
    (op: (...args: number[]) => number) =>
    (...args: number[]) => {
      const made = op(...args);
      if (Math.abs(made) < least && args.every((a) => a !== 0 && Number.isFinite(a))) lost = true;
      return made;
    };
  const watching: Ops<number> = {
    ...numbers,
    mul: watch(numbers.mul),
    div: watch(numbers.div),
    pow: watch(numbers.pow),
  };
  const at = jet(formula, watching, params, orderOf[wanted]);
  let far = 1;
  for (let size = 1; size <= 740 && !lost; size++) {
    for (const y of [0, 0.01, 0.5, 1]) for (const x of [size, -size]) at(x, y);
    if (!lost) far = size;
  }
  return far;
}
