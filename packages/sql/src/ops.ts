import { type Syntax, type TensorOps, type Text, textOps } from '@focal-loss/core';
import type { Dialect } from './dialects.ts';

/** Names of columns that a text reads: a logit, a target, a weight, and of a softmax the row and the class. */
const INPUTS = ['x', 'y', 'w', 'r', 'k', 'c', 'low', 'side'] as const;

/** The statement that gives an expression a name. */
const IS = ' := ';

/** e^−744 is nearly the last that is not 0. */
const LAST = 744;

/** A name, and the expression it stands for. */
export interface Step {
  readonly name: string;
  readonly expression: string;
}

/** How the text is to be. */
export interface Writing {
  readonly dialect: Dialect;
  /** Whether sums stand beside each row, as windows do, or in one row of their own. */
  readonly windows: boolean;
  /** Whether entries are rows of logits, of which one stands for all. */
  readonly rows: boolean;
  /** From which size on an exponential is taken for 0 where products may not underflow; undefined: products look themselves. */
  readonly far?: number | undefined;
}

/** A number as each dialect reads it, and takes for a double next to one. */
function number(value: number, { nan, infinity, name }: Dialect): string {
  if (Number.isNaN(value)) return nan ?? 'NULL';
  if (Math.abs(value) === Infinity) return value < 0 ? `(-${infinity})` : infinity;
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) {
    // Where columns have no types, 1 / 3 is 0.
    const whole = name === 'sqlite' ? `${value}.0` : String(value);
    return value < 0 ? `(${whole})` : whole;
  }
  const text = String(value).replace(/e\+?/, 'E');
  const exact =
    text.includes('E') || text.replace(/\D/g, '').length > 15 ? value.toExponential().replace(/e\+?/, 'E') : text;
  return value < 0 ? `(${exact})` : exact;
}

/** How SQL spells the operations. Comparisons with NaN choose the second: NaN is never what matters there. */
function syntaxOf({ dialect, far }: Writing): Syntax {
  const { ln, power, log1p, underflows } = dialect;
  const guards = underflows && far === undefined;
  const one = (value: number) => number(value, dialect);
  const exp = (a: string) =>
    !underflows
      ? `exp(${a})`
      : `CASE WHEN ${a} BETWEEN -${dialect.infinity} AND ${one(-(far ?? LAST))} THEN 0 WHEN ${a} BETWEEN 709 AND ${dialect.infinity} THEN ${dialect.infinity} ELSE exp(${a}) END`;
  const tooSmall = (a: string, b: string) =>
    `CASE WHEN ${a} = 0 OR ${b} = 0 THEN ${a} * ${b} WHEN ln(abs(${a})) + ln(abs(${b})) < -${LAST} THEN 0 ELSE ${a} * ${b} END`;
  /** log(1 + a) of what 1 + a has kept of a, times what that is short of a (Kahan). */
  const nearOne = (a: string) => `WHEN 1 + ${a} = 1 THEN ${a} ELSE ${ln}(1 + ${a}) * ${a} / ((1 + ${a}) - 1) END`;
  const split = (a: string) =>
    Number.isNaN(Number(a)) ? `(134217729 * ${a} - (134217729 * ${a} - ${a}))` : one(head(Number(a)));
  return {
    tiny: 2 ** -1022,
    number: one,
    declare: (name, expression) => name + IS + expression,
    add: (a, b) => `${a} + ${b}`,
    sub: (a, b) => `${a} - ${b}`,
    mul: (a, b) => (guards && !isLarge(a) && !isLarge(b) ? tooSmall(a, b) : `${a} * ${b}`),
    div: (a, b) => (guards ? `CASE WHEN ${b} = 0 THEN ${a} * ${dialect.infinity} ELSE ${a} / ${b} END` : `${a} / ${b}`),
    neg: (a) => `-${a}`,
    abs: (a) => `abs(${a})`,
    sign: (a) => `sign(${a})`,
    max: (a, b) => `CASE WHEN ${a} < ${b} THEN ${b} ELSE ${a} END`,
    exp,
    // Of what is not chosen, engines make an error.
    ...(underflows && {
      expNegative: (a: string) =>
        `CASE WHEN ${a} BETWEEN ${one(far ?? LAST)} AND ${dialect.infinity} THEN 0 ELSE exp(-${a}) END`,
    }),
    log: (a) => `CASE WHEN ${a} <= 0 THEN -${dialect.infinity} ELSE ${ln}(${a}) END`,
    log1p: (a) => (log1p ? `log1p(${a})` : `CASE WHEN ${a} <= -1 THEN -${dialect.infinity} ${nearOne(a)}`),
    log1pUnit: (e) => (log1p ? `log1p(${e})` : `CASE ${nearOne(e)}`),
    pow: (a, p) =>
      guards
        ? `CASE WHEN ${a} > 0 THEN CASE WHEN ${p} * ln(${a}) < -${LAST} THEN 0 ELSE POWER(${a}, ${p}) END ELSE POWER(${a}, ${p}) END`
        : `${power}(${a}, ${p})`,
    nonNegative: (test, a, b) => `CASE WHEN ${test} >= 0 THEN ${a} ELSE ${b} END`,
    // A truth is a condition in brackets; that which always holds gives its expression a name.
    positive: (test, a, b) =>
      test === ALWAYS.code ? a : `CASE WHEN ${test.startsWith('(') ? test : `${test} > 0`} THEN ${a} ELSE ${b} END`,
    affineLow(a, x, xLow, b, u) {
      const product = `(1 * ${a} * ${x})`;
      const [A, X] = [split(a), split(x)];
      const lost = `((1 * ${A} * ${X} - ${product}) + ${A} * (${x} - ${X}) + (${a} - ${A}) * ${x})`;
      return `${lost} + ${a} * ${xLow} + ${sumLow(product, b, u)}`;
    },
  };
}

/** A number that makes nothing smaller. */
const isLarge = (a: string) => Math.abs(Number(a)) >= 1;

/** What rounding took from sum, which is a + b (Knuth). */
const sumLow = (a: string, b: string, sum: string) =>
  `((${a} - (${sum} - (${sum} - ${a}))) + (${b} - (${sum} - ${a})))`;

/** The first 26 bits of a number (Veltkamp). */
function head(a: number): number {
  const big = a * 134217729;
  return big - (big - a);
}

const ALWAYS: Text = { code: '(TRUE)' };

/** A writer of SQL: the algebra of a whole call, and the steps that compute what it gave names to. */
export function sqlOps(writing: Writing) {
  const { dialect, windows, rows } = writing;
  const { ops, program } = textOps(syntaxOf(writing), INPUTS);
  const { nan } = dialect;
  const zero = ops.constant(0);
  /** Sums, which begin a step of their own. */
  const sums: Text[] = [];
  const named = (code: string): Text => ops.where(ALWAYS, { code }, { code: 'NULL' });
  const sum = (code: string): Text => {
    const made = named(code);
    sums.push(made);
    return made;
  };
  const over = (code: string, order = '') => sum(`${code} OVER (PARTITION BY r${order})`);
  const truth = (condition: string): Text => ({ code: `(${condition})` });
  const choose = ({ code }: Text, a: Text, b: Text): Text => {
    if (a.code === b.code) return a;
    const made = ops.where({ code }, a, b);
    if (a.low === undefined && b.low === undefined) return made;
    return { ...made, low: ops.where({ code }, { code: a.low ?? '0' }, { code: b.low ?? '0' }).code };
  };
  const isClass = (y: Text) => over(`max(CASE WHEN k = ${y.code} THEN 1 END)`);

  const head = () => truth(`${over('row_number()', ' ORDER BY k').code} = 1`);
  /** What is no number makes the sum none, also where it is NULL. */
  function total({ code }: Text): Text {
    const beside = windows ? ' OVER ()' : '';
    const all = `coalesce(sum(${rows ? `CASE WHEN ${head().code} THEN ${code} ELSE 0 END` : code})${beside}, 0)`;
    if (nan !== undefined) return sum(all);
    return sum(`CASE WHEN count(${code})${beside} = count(*)${beside} THEN ${all} END`);
  }

  const algebra: TensorOps<Text> = {
    ...ops,
    far: 1e90,
    // Engines differ in whether NaN is larger than all, or than nothing; it is equal to itself in some.
    less: (a, b) =>
      truth(
        b.literal !== undefined || nan === undefined
          ? `${a.code} < ${b.code}`
          : `${a.code} < ${b.code} AND ${isNumber(b.code, dialect)}`,
      ),
    equal: (a, b) => truth(a.code === b.code ? isNumber(a.code, dialect) : `${a.code} = ${b.code}`),
    choose,
    target: ops.constant,
    probability: ({ code }) => named(`CASE WHEN ${code} < 0 OR ${code} > 1 THEN ${nan ?? 'NULL'} ELSE ${code} END`),
    // What has no logit or no target is no entry.
    ones: () =>
      named(`CASE WHEN ${rows ? '' : 'x IS NOT NULL AND '}y IS NOT NULL THEN CAST(1 AS ${dialect.double}) ELSE 0 END`),

    oneHot: (_, y) =>
      choose(
        truth(`${isClass(y).code} = 1`),
        choose(truth(`k = ${y.code}`), ops.constant(1), zero),
        ops.constant(Number.NaN),
      ),
    near(x, y) {
      const beside = ops.max(ops.sub(ops.constant(1), ops.abs(ops.sub({ code: 'k' }, y))), zero);
      const last = ops.sub(algebra.classes(x), ops.constant(1));
      return choose(truth(`${y.code} >= 0 AND ${y.code} <= ${last.code}`), beside, ops.constant(Number.NaN));
    },
    classes: () => over('count(*)'),
    first: ({ code }) => truth(`${over('row_number()', ` ORDER BY ${code} DESC, k`).code} = 1`),
    sumOthers({ code }) {
      const before = (order: string) =>
        over(`sum(${code})`, ` ORDER BY k${order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING`).code;
      return ops.add(named(`coalesce(${before('')}, 0)`), named(`coalesce(${before(' DESC')}, 0)`));
    },
    hot: (_, { code }) => truth(`k = ${code}`),
    pick: (a, hot) => {
      const value = over(`max(CASE WHEN ${hot.code} THEN ${a.code} END)`);
      return nan === undefined ? value : named(`coalesce(${value.code}, ${nan})`);
    },
    maxRow: ({ code }) => over(`max(${code})`),
    sumRow: ({ code }) => over(`sum(${code})`),
    share(a, b) {
      const d = ops.sub(a, b);
      const e = ops.exp(d);
      const whole = ops.add(e, ops.mul(e, named(sumLow(a.code, `(-${b.code})`, d.code))));
      return choose(
        truth(`${a.code} = ${b.code}`),
        ops.constant(1),
        choose(truth(`${d.code} > -16`), e, choose(truth(`${e.code} > 0`), whole, e)),
      );
    },
    difference(a, b) {
      const d = ops.sub(a, b);
      const low = `${sumLow(a.code, `(-${b.code})`, d.code)} + ${a.low ?? 0}`;
      return { ...d, low: choose(truth(`abs(${d.code}) < 1E300`), named(low), zero).code };
    },
    column: (a) => a,
    entries: (a) => a,
    sumEach: total,
    sumAll: total,
  };

  return {
    ops: algebra,
    named,
    head,
    /** The steps in order: names with the expressions they stand for. */
    steps(results: readonly Text[]) {
      const written = program([...results, ...sums]);
      const steps = written.statements.map((statement): Step => {
        const at = statement.indexOf(IS);
        return { name: statement.slice(0, at), expression: statement.slice(at + IS.length) };
      });
      return { steps, results: written.results.slice(0, results.length) };
    },
  };
}

/** Whether something is no NaN: which is larger than all in some engines, and equal to itself, and in others nothing. */
const isNumber = (a: string, { nan, infinity }: Dialect) =>
  nan === undefined ? `${a} IS NOT NULL` : `${a} BETWEEN -${infinity} AND ${infinity}`;
