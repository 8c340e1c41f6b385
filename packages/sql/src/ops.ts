import { helpers, type Syntax, type TensorOps, type Text, textOps } from '@focal-loss/core';
import type { Dialect } from './dialects.ts';

/** What a text reads: a logit, a target, a weight, the row and the class of a softmax, the class of an α; and words that SQL has. */
const TAKEN = ['x', 'y', 'w', 'r', 'k', 'c', 'power', 'minus'];

/** The statement that gives an expression a name. */
const IS = ' := ';

/** e^−744 is nearly the last that is not 0. */
const LAST = 744;

/** A name, and the expression it stands for. */
export type Step = readonly [name: string, expression: string];

/** How the text is to be. */
export interface Writing {
  readonly dialect: Dialect;
  /** Whether sums stand beside each row, as windows do, or in one row of their own. */
  readonly windows?: boolean | undefined;
  /** Whether entries are rows of logits, of which one stands for all. */
  readonly rows?: boolean | undefined;
  /** Strict engines: from which size on an exponential is taken for 0, where products may not underflow; undefined: products look themselves. */
  readonly far?: number | undefined;
  /** Whether a value is written: there the logit stands beside its exponential, which then may lose that it was NaN. */
  readonly isValue?: boolean | undefined;
}

/** A number as each dialect reads it, and takes for a double next to one: in the fewest digits that are still it. */
function number(value: number, { nan, infinity, name }: Dialect): string {
  if (Number.isNaN(value)) return nan ?? 'NULL';
  if (value < 0) return `(-${number(-value, { nan, infinity, name } as Dialect)})`;
  if (value === Infinity) return infinity;
  // Where columns have no types, 1 / 3 is 0.
  if (Number.isInteger(value) && value < 2 ** 31) return name === 'sqlite' ? `${value}.0` : String(value);
  const text = String(value);
  // Long ones without an exponent are decimal numbers, of which few digits are kept.
  return text.length > 16 || text.includes('e') ? value.toExponential().replace(/e\+?/, 'E') : text;
}

/** How SQL spells the operations. Comparisons with NaN choose the second: NaN is never what matters there. */
function syntaxOf({ dialect, far, isValue }: Writing): Syntax {
  const { log1p, log1pUnit = log1p, strict, infinity, nan } = dialect;
  const guards = strict && far === undefined;
  const isLarge = (a: string) => Math.abs(Number(a)) >= 1;
  return {
    tiny: 2 ** -1022,
    number: (value) => number(value, dialect),
    declare: (name, expression) => name + IS + expression,
    add: (a, b) => `${a} + ${b}`,
    sub: (a, b) => `${a} - ${b}`,
    mul: (a, b) =>
      guards && !isLarge(a) && !isLarge(b)
        ? `CASE WHEN ${a} = 0 OR ${b} = 0 THEN ${a} * ${b} WHEN ln(abs(${a})) + ln(abs(${b})) < -${LAST} THEN 0 ELSE ${a} * ${b} END`
        : `${a} * ${b}`,
    div(a, b) {
      if (!guards) return `${a} / ${b}`;
      const small = `WHEN ${a} = 0 OR ${b} <= 1 THEN ${a} / ${b} WHEN ln(abs(${a})) - ln(${b}) < -${LAST} THEN 0 `;
      return `CASE WHEN ${b} = 0 THEN ${a} * ${infinity} ${isLarge(a) ? '' : small}ELSE ${a} / ${b} END`;
    },
    neg: (a) => `-${a}`,
    abs: (a) => `abs(${a})`,
    // Engines that have NaN give it the sign 0.
    sign: (a) =>
      nan === undefined
        ? `sign(${a})`
        : `CASE WHEN ${a} BETWEEN -${infinity} AND ${infinity} THEN sign(${a}) ELSE ${a} END`,
    max: (a, b) => `CASE WHEN ${a} < ${b} THEN ${b} ELSE ${a} END`,
    exp: (a) =>
      strict
        ? `CASE WHEN ${a} < -${far ?? LAST} THEN 0 WHEN ${a} BETWEEN 709 AND ${infinity} THEN ${infinity} ELSE exp(${a}) END`
        : `exp(${a})`,
    expNegative(a) {
      if (!strict) return `exp(-${a})`;
      const isFar = far !== undefined && isValue ? `> ${far}` : `BETWEEN ${far ?? LAST} AND ${infinity}`;
      return `CASE WHEN ${a} ${isFar} THEN 0 ELSE exp(-${a}) END`;
    },
    log: (a) => `CASE WHEN ${a} <= 0 THEN -${infinity} ELSE ln(${a}) END`,
    log1p: (a) => `CASE WHEN ${a} <= -1 THEN -${infinity} ELSE ${log1p(a)} END`,
    log1pUnit,
    pow: (a, p) =>
      guards
        ? `CASE WHEN ${a} > 0 AND ${p} * ln(${a}) < -${LAST} THEN 0 ELSE power(${a}, ${p}) END`
        : `power(${a}, ${p})`,
    nonNegative: (test, a, b) => `CASE WHEN ${test} >= 0 THEN ${a} ELSE ${b} END`,
    // A truth is a condition in brackets.
    positive: (test, a, b) => `CASE WHEN ${test.startsWith('(') ? test : `${test} > 0`} THEN ${a} ELSE ${b} END`,
  };
}

/** A writer of SQL: the algebra of a whole call, and the steps that compute what it gave names to. */
export function sqlOps(writing: Writing) {
  const { dialect, windows, rows, far } = writing;
  const { nan, infinity, double } = dialect;
  const syntax = syntaxOf(writing);
  const { ops, text, program } = textOps(syntax, TAKEN);
  const [zero, one] = [ops.constant(0), ops.constant(1)];
  /** Sums, which begin a step of their own. */
  const sums: Text[] = [];
  const sum = (code: string): Text => {
    const made = text(code);
    sums.push(made);
    return made;
  };
  const over = (code: string, order = '') => sum(`${code} OVER (PARTITION BY r${order})`);
  const truth = (condition: string): Text => ({ code: `(${condition})` });
  /** NaN is larger than all in some engines, and equal to itself, and in others nothing. */
  const isNumber = (a: string) =>
    nan === undefined ? `${a} IS NOT NULL` : `${a} BETWEEN -${infinity} AND ${infinity}`;
  const choose = (test: Text, a: Text, b: Text): Text => {
    if (a.code === b.code) return a;
    // Engines share what stands in COALESCE, and not what stands in CASE; foreign tables compute CASE, and not COALESCE.
    const isSilence =
      !dialect.strict && a.literal === 0 && [b.literal, b.low, test.literal].every((known) => known === undefined);
    const nonNegative = b.nonNegative && (a.nonNegative || Number(a.literal) >= 0);
    const silenced = () => text(`coalesce(CASE WHEN ${test.code} THEN 0 END, ${b.code})`);
    const made = { ...(isSilence ? silenced() : ops.where(test, a, b)), ...(nonNegative && { nonNegative }) };
    if (a.low === undefined && b.low === undefined) return made;
    return { ...made, low: ops.where(test, { code: a.low ?? '0' }, { code: b.low ?? '0' }).code };
  };
  const isClass = (y: Text) => over(`max(CASE WHEN k = ${y.code} THEN 1 END)`);
  const head = () => truth(`${over('row_number()', ' ORDER BY k').code} = 1`);
  /** What is no number makes the sum none, also where it is NULL. */
  function total({ code, literal, nonNegative = false }: Text): Text {
    const beside = windows ? ' OVER ()' : '';
    if (literal === 1 && !rows) return { ...sum(double('count(*)')), nonNegative };
    const all = `coalesce(sum(${rows ? `CASE WHEN ${head().code} THEN ${code} ELSE 0 END` : code})${beside}, 0)`;
    const isKnown = nan !== undefined || nonNegative;
    const made = isKnown ? all : `CASE WHEN count(${code})${beside} = count(*)${beside} THEN ${all} END`;
    return { ...sum(made), nonNegative };
  }

  const algebra: TensorOps<Text> = {
    ...ops,
    // Of single logits those that are no finite numbers are looked at apart.
    far: rows ? 1e90 : Infinity,
    pow(a, p) {
      const isPlain = a.literal === undefined && p.literal !== 0 && p.literal !== 1;
      return isPlain && p.literal !== undefined ? text(syntax.pow(a.code, p.code), 'power') : ops.pow(a, p);
    },
    affine(a, x, b) {
      const u = ops.affine(a, x, b);
      // What folding has left of it carries what it carried before.
      if (u.literal !== undefined || u === x || u === b || u.negated === x || u === x.negated) return u;
      // A strict engine computes what is of no account, too.
      const near = dialect.strict ? choose(truth(`abs(${x.code}) < 1E290`), x, zero) : x;
      return { ...u, low: low(helpers.affineLow, a, near, x.low === undefined ? zero : { code: x.low }, b, u).code };
    },
    turn(x, y) {
      const [isNegative, isOther] = [text(dialect.int(`${x.code} < 0`)), text(dialect.int(`${x.code} >= 0`))];
      const sizeOf = { ...text(`abs(${x.code})`, 'size'), nonNegative: true };
      const complement = text(`abs(${isOther.code} - ${y.code})`, 'other');
      // Where nothing guards products: a tiny label times a tiny exponential is of no account beside the other side.
      const label = far === undefined ? `abs(${isNegative.code} - ${y.code})` : `1 - ${complement.code}`;
      return {
        size: { ...near(sizeOf), sizeOf, nonNegative: true },
        label: { ...text(label, 'label'), complement },
        side: ops.sub(one, ops.mul(ops.constant(2), isNegative)),
      };
    },
    less(a, b) {
      if (a.nonNegative && b.literal === 0) return zero;
      return truth(
        b.literal !== undefined || nan === undefined
          ? `${a.code} < ${b.code}`
          : `${a.code} < ${b.code} AND ${isNumber(b.code)}`,
      );
    },
    equal: (a, b) => truth(a.code === b.code ? isNumber(a.code) : `${a.code} = ${b.code}`),
    choose,
    target: ops.constant,
    probability: ({ code }) => text(`CASE WHEN ${code} < 0 OR ${code} > 1 THEN ${nan ?? 'NULL'} ELSE ${code} END`),
    // What has no logit or no target is no entry; sums are of what has both.
    ones: () =>
      windows
        ? text(`CASE WHEN ${rows ? '' : 'x IS NOT NULL AND '}y IS NOT NULL THEN ${double('1')} ELSE 0 END`)
        : { ...one, code: double('1'), nonNegative: true },

    oneHot: (_, y) =>
      choose(truth(`${isClass(y).code} = 1`), choose(truth(`k = ${y.code}`), one, zero), ops.constant(Number.NaN)),
    near(x, y) {
      const beside = ops.max(ops.sub(one, ops.abs(ops.sub({ code: 'k' }, y))), zero);
      const last = ops.sub(algebra.classes(x), one);
      return choose(truth(`${y.code} >= 0 AND ${y.code} <= ${last.code}`), beside, ops.constant(Number.NaN));
    },
    classes: () => over('count(*)'),
    first: ({ code }) => truth(`${over('row_number()', ` ORDER BY ${code} DESC, k`).code} = 1`),
    sumOthers({ code }) {
      const before = (order: string) =>
        over(`sum(${code})`, ` ORDER BY k${order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING`).code;
      return ops.add(text(`coalesce(${before('')}, 0)`), text(`coalesce(${before(' DESC')}, 0)`));
    },
    hot: (_, { code }) => truth(`k = ${code}`),
    pick: (a, hot) => {
      const value = over(`max(CASE WHEN ${hot.code} THEN ${a.code} END)`);
      return nan === undefined ? value : text(`coalesce(${value.code}, ${nan})`);
    },
    maxRow: ({ code }) => over(`max(${code})`),
    sumRow: ({ code }) => over(`sum(${code})`),
    share(a, b) {
      const d = ops.sub(a, b);
      const e = ops.exp(d);
      const whole = ops.add(e, ops.mul(e, low(helpers.sumLow, a, ops.neg(b), d)));
      const mended = choose(truth(`${d.code} > -16`), e, choose(truth(`${e.code} > 0`), whole, e));
      return choose(truth(`${a.code} = ${b.code}`), one, mended);
    },
    difference(a, b) {
      const d = ops.sub(a, b);
      const lost = low(helpers.sumLow, a, ops.neg(b), d);
      const both = a.low === undefined ? lost : ops.add(lost, { code: a.low });
      return { ...d, low: choose(truth(`abs(${d.code}) < 1E300`), both, zero).code };
    },
    column: (a) => a,
    entries: (a) => a,
    sumEach: total,
    sumAll: total,
  };

  /** What core's recipes for what rounding takes are written in, of which they need no more. */
  const rounding = {
    ...ops,
    ...{ choose, number: ops.constant, named: (_, a) => a, call: low, madd: (a, b, c) => ops.add(ops.mul(a, b), c) },
    less: (a, b) => truth(`${a.code} < ${b.code}`),
    split(a) {
      const big = ops.mul(ops.constant(2 ** 27 + 1), a);
      const head = ops.sub(big, ops.sub(big, a));
      return { head, rest: ops.sub(a, head) };
    },
  } as Pick<helpers.Arithmetic<Text>, 'choose' | 'number' | 'named' | 'call' | 'madd' | 'less' | 'split'>;
  function low({ write }: helpers.Recipe, ...of: readonly Text[]): Text {
    return write(rounding as helpers.Arithmetic<Text>, ...of);
  }
  /** A logit that is infinite as one that is not: 0 times it is 0. */
  function near({ code, nonNegative }: Text): Text {
    const size = nonNegative ? code : `abs(${code})`;
    return text(
      `CASE WHEN ${size} BETWEEN 1E300 AND ${infinity} THEN ${nonNegative ? '' : `sign(${code}) * `}1E300 ELSE ${code} END`,
    );
  }

  /**
   * A label of which strict engines raise no error: 0 for one that is bad, which gives NaN later, and where the exponentials of far
   * logits are 0, for one that is less than they are. NULL stays NULL.
   */
  function harmless(y: Text): Text {
    if (!dialect.strict) return y;
    const least = far === undefined ? '0' : `1E-${Math.floor(far / Math.LN10)}`;
    return text(`${dialect.int(`${y.code} BETWEEN ${least} AND 1`)} * ${y.code}`);
  }

  return {
    dialect,
    ops: algebra,
    text,
    near,
    harmless,
    /** 1 at the first logit of each row, else 0. */
    isHead: () => choose(head(), one, zero),
    /** The steps in order, and what the results are called in them; `inline` as for core's `program`. */
    steps(results: readonly Text[], inline?: number) {
      const written = program([...results, ...(inline === 0 ? [] : sums)], [], inline);
      const steps = written.statements.map((statement): Step => {
        const at = statement.indexOf(IS);
        return [statement.slice(0, at), statement.slice(at + IS.length)];
      });
      return { steps, results: written.results.slice(0, results.length) };
    },
  };
}
