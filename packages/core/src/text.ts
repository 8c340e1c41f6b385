import { fold } from './fold.ts';
import type { Ops } from './ops.ts';

/** How a language spells the operations. Arguments are names and literals, never longer expressions. */
export interface Syntax {
  /** The smallest positive normal number of its arithmetic. */
  readonly tiny: number;
  number(value: number): string;
  /** A statement that gives `expression` a name. */
  declare(name: string, expression: string): string;
  add(a: string, b: string): string;
  sub(a: string, b: string): string;
  mul(a: string, b: string): string;
  div(a: string, b: string): string;
  neg(a: string): string;
  abs(a: string): string;
  sign(a: string): string;
  max(a: string, b: string): string;
  exp(a: string): string;
  log(a: string): string;
  log1p(a: string): string;
  pow(a: string, p: string): string;
  /** e^−a for a ≥ 0, if the language has something better than `exp` for it. */
  expNegative?(a: string): string;
  /** log(1 + e) for e in [0, 1], if the language has something better than `log1p` for it. */
  log1pUnit?(e: string): string;
  /** `a` where `test` ≥ 0, else `b`. */
  nonNegative(test: string, a: string, b: string): string;
  /** `a` where `test` > 0, else `b`. */
  positive(test: string, a: string, b: string): string;
  /**
   * What rounding took from `u`, which is a·(x + xLow) + b. A language without this does not carry it, and its tails
   * are as good as one rounding of the argument lets them be.
   */
  affineLow?(a: string, x: string, xLow: string, b: string, u: string): string;
  /**
   * σ(−v)ᵖ for a parameter p, given log(1 + e^−|v|), if the language can do better than `pow` of a rounded σ, whose
   * error p multiplies: it is e^(−p·softplus(v + vLow)).
   */
  sigmoidPow?(v: string, vLow: string, log1pE: string, p: string): string;
}

/** A value while its program is being written. */
export interface Text {
  /** A name or a literal. */
  readonly code: string;
  /** Known while writing. */
  readonly literal?: number;
  /** The name of what rounding took from this value. */
  readonly low?: string;
  /** The value this one is the negative of. */
  readonly negated?: Text;
  /** The value this one is the sigmoid of. */
  readonly sigmoidOf?: Text;
  /** A value of the same size, perhaps of another sign: e^−|a| needs to know no more. */
  readonly sizeOf?: Text;
  /** Known to be at least 0: a softplus and a sigmoid of it, or of its negative, need not ask for the sign. */
  readonly nonNegative?: boolean;
  /** 1 minus this value, where that has digits which a subtraction would not find again. */
  readonly complement?: Text;
}

/** An algebra that writes a program. */
export interface TextWriter {
  readonly ops: Ops<Text>;
  /** An expression of the language's own, whose parts are names and literals, under a name like the others. */
  readonly text: (expression: string, hint?: string) => Text;
  /**
   * The statements that compute `results` and nothing else; what `given` names needs no computing. What is needed once, and is
   * no longer than `inline` characters, 60 by default, stands where it is needed.
   */
  program(results: readonly Text[], given?: readonly Text[], inline?: number): Program;
  /** The exponentials e^−|u| written so far: the half of the work after which a program can be cut in two. */
  readonly decays: readonly Text[];
}

/** Statements in order, and under which names or literals their results are found afterwards. */
export interface Program {
  readonly statements: readonly string[];
  readonly results: readonly string[];
}

/**
 * The algebra that writes program text. Two things make its text as good as a hand-written kernel: every expression is
 * given a name once and shared from then on, the primitives `e = exp(−|u|)` and `log1p(e)` above all, which values and
 * derivatives in both directions are made of; and 0 and 1 are folded away.
 *
 * @param reserved Names that stand for something already, and are given to nothing else.
 *
 * @example
 * ```ts
 * const { ops, program } = textOps(javascript);
 * const loss = focal.formula(ops, { code: 'x' }, { code: 'y' }, { gamma: ops.constant(2) });
 * program([loss]); // { statements: ['const e = Math.exp(-Math.abs(x));', …], results: ['t3'] }
 * ```
 */
export function textOps(syntax: Syntax, reserved: readonly string[] = []): TextWriter {
  /** Expression → its name, in the order of writing. */
  const named = new Map<string, string>();
  const taken = new Map(reserved.map((name) => [name, 1]));
  const decays: Text[] = [];

  /** The name of an expression, given now unless it has one. */
  function name(expression: string, hint = 't'): string {
    const known = named.get(expression);
    if (known !== undefined) return known;
    const fresh = next(hint, taken);
    named.set(expression, fresh);
    return fresh;
  }
  const text = (expression: string, hint?: string): Text => ({ code: name(expression, hint) });
  const zero = syntax.number(0);
  const one = syntax.number(1);

  function pow(a: Text, p: Text): Text {
    if (p.literal !== undefined && Number.isInteger(p.literal) && p.literal >= 2 && p.literal <= 8) {
      const half = ops.pow(a, ops.constant(Math.floor(p.literal / 2)));
      const square = ops.mul(half, half);
      return p.literal % 2 === 0 ? square : ops.mul(square, a);
    }
    const u = a.sigmoidOf;
    if (u !== undefined && p.literal === undefined && syntax.sigmoidPow) {
      const v = ops.neg(u);
      return text(syntax.sigmoidPow(v.code, lowOf(v) ?? zero, log1pDecay(u), p.code), 'power');
    }
    return text(syntax.pow(a.code, p.code), 'power');
  }

  /** What rounding took from a value or, with the other sign, from the value it is the negative of. */
  function lowOf(u: Text): string | undefined {
    if (u.low !== undefined || u.negated?.low === undefined) return u.low;
    return name(syntax.neg(u.negated.low), 'minus');
  }

  /** e = exp(−|u|), from which both tails of softplus and sigmoid come. */
  function decay(u: Text): string {
    const { code, nonNegative } = u.sizeOf ?? u;
    const size = nonNegative ? code : name(syntax.abs(code), 'size');
    const e = name(syntax.expNegative?.(size) ?? syntax.exp(name(syntax.neg(size), 'minus')), 'e');
    if (u.low === undefined) return remember(e);
    const low = name(syntax.nonNegative(u.code, u.low, name(syntax.neg(u.low), 'minus')), 'tail');
    return remember(name(syntax.sub(e, name(syntax.mul(e, low))), 'e'));
  }
  function remember(e: string): string {
    if (!decays.some(({ code }) => code === e)) decays.push({ code: e });
    return e;
  }
  function log1pDecay(u: Text): string {
    const e = decay(u.negated ?? u);
    return name(syntax.log1pUnit?.(e) ?? syntax.log1p(e), 'log1pE');
  }
  function softplus(u: Text): Text {
    const low = lowOf(u);
    const rest = log1pDecay(u);
    if (u.negated?.nonNegative && low === undefined) return { code: rest };
    const part = u.nonNegative ? u.code : name(syntax.max(u.code, zero), 'linear');
    // Near 0, where terms have cancelled, what they lost is no small part of the line either.
    if (low === undefined) return text(syntax.add(part, rest), 'softplus');
    // By the sign that the exponential goes by: of 0, both u and −u are not negative.
    const tail = u.negated ? syntax.nonNegative(u.negated.code, zero, low) : syntax.nonNegative(u.code, low, zero);
    const whole = name(syntax.add(rest, name(tail, 'tail')));
    return text(syntax.add(part, whole), 'softplus');
  }
  function sigmoid(u: Text): Text {
    const base = u.negated ?? u;
    const e = decay(base);
    const big = name(syntax.div(one, name(syntax.add(one, e))), 'big');
    const small = name(syntax.mul(e, big), 'small');
    if (base.nonNegative) return { code: u.negated ? small : big, sigmoidOf: u };
    const half = u.negated
      ? text(syntax.nonNegative(base.code, small, big), 'q')
      : text(syntax.nonNegative(base.code, big, small), 'p');
    return { ...half, sigmoidOf: u };
  }
  function affine(a: Text, x: Text, b: Text): Text {
    const u = ops.add(ops.mul(a, x), b);
    if (syntax.affineLow === undefined) return u;
    return { ...u, low: name(syntax.affineLow(a.code, x.code, x.low ?? zero, b.code, u.code), 'lost') };
  }

  const ops: Ops<Text> = fold<Text>({
    tiny: syntax.tiny,
    constant: (value) => ({ code: syntax.number(value) }),
    literal: (a) => a.literal,
    add: (a, b) => text(syntax.add(a.code, b.code)),
    sub: (a, b) => text(syntax.sub(a.code, b.code)),
    mul: (a, b) => text(syntax.mul(a.code, b.code)),
    div: (a, b) => text(syntax.div(a.code, b.code)),
    neg: (a) => text(syntax.neg(a.code), 'minus'),
    // A sigmoid is never negative.
    abs: (a) => (a.sigmoidOf || a.nonNegative ? a : { ...text(syntax.abs(a.code), 'size'), nonNegative: true }),
    sign: (a) => text(syntax.sign(a.code), 'side'),
    max: (a, b) => text(syntax.max(a.code, b.code)),
    exp: (a) => text(syntax.exp(a.code)),
    log: (a) => text(syntax.log(a.code)),
    log1p: (a) => text(syntax.log1p(a.code)),
    softplus,
    sigmoid,
    pow,
    affine,
    where: (test, a, b) => text(syntax.positive(test.code, a.code, b.code)),
    detach: (a) => a,
  });
  return {
    ops,
    text,
    decays,
    program: (results, given = [], inline = 60) => tidy(named, results, given, inline, syntax, reserved),
  };
}

const NAMES = /[A-Za-z_]\w*/g;
/** A name, a literal or one call: what needs no brackets anywhere. */
const ATOM = /^[\w.]+(?:\([^()]*\))?$/;

/** Drops expressions nobody needs and writes those needed once where they are needed, as a person would. */
function tidy(
  named: ReadonlyMap<string, string>,
  wanted: readonly Text[],
  given: readonly Text[],
  inline: number,
  syntax: Syntax,
  reserved: readonly string[],
): Program {
  const expressions = new Map(Array.from(named, ([expression, name]) => [name, expression]));
  for (const { code } of given) expressions.delete(code);
  const uses = new Map<string, number>();
  const visit = (name: string) => {
    const expression = expressions.get(name);
    if (expression === undefined) return;
    uses.set(name, (uses.get(name) ?? 0) + 1);
    if (uses.get(name) === 1) expression.match(NAMES)?.forEach(visit);
  };
  for (const { code } of wanted) visit(code);

  const keep = new Set(wanted.map(({ code }) => code));
  const inlined = new Map<string, string>();
  const renamed = new Map<string, string>();
  const taken = new Map(reserved.map((name) => [name, 1]));
  const statements: string[] = [];
  for (const [name, expression] of expressions) {
    if (!uses.has(name)) continue;
    const line = expression.replace(NAMES, (part, at: number) => {
      const whole = inlined.get(part);
      if (whole === undefined) return renamed.get(part) ?? part;
      const isArgument =
        /[(,]\s*$/.test(expression.slice(0, at)) && /^\s*[,)]/.test(expression.slice(at + part.length));
      return isArgument || ATOM.test(whole) ? whole : `(${whole})`;
    });
    if (uses.get(name) === 1 && !keep.has(name) && line.length < inline) inlined.set(name, line);
    else {
      const fresh = next(name.replace(/\d+$/, ''), taken);
      renamed.set(name, fresh);
      statements.push(syntax.declare(fresh, line));
    }
  }
  return { statements, results: wanted.map(({ code }) => renamed.get(code) ?? code) };
}

/** hint, hint2, hint3, … */
function next(hint: string, taken: Map<string, number>): string {
  const nth = (taken.get(hint) ?? 0) + 1;
  taken.set(hint, nth);
  return nth === 1 ? hint : `${hint}${nth}`;
}
