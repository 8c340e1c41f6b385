import { fold, helpers, type Ops } from '@focal-loss/core';
import { productLow, sumLow } from './rounding.ts';
import type { GraphValue, Writer } from './writer.ts';

/** Of a number format: its smallest normal number, its largest, and the number that splits one in two halves. */
export const formats = {
  float32: { tiny: 2 ** -126, largest: (2 - 2 ** -23) * 2 ** 127, splitter: 2 ** 12 + 1 },
  float64: { tiny: 2 ** -1022, largest: Number.MAX_VALUE, splitter: 2 ** 27 + 1 },
} as const;

/** Below it σ(u) is e^u to the last digit of either format, and in float32 soon no normal number. */
const FAR = -64;

/** From this exponent on a power is mended by what its base lost in rounding, times the exponent. */
const STEEP = 2.5;

/**
 * The algebra that writes ONNX nodes, folded by core.
 *
 * Softplus, Sigmoid and LogSoftmax are put together from Exp and Log: ONNX Runtime computes its own with errors of many
 * ulp in the tails, has no float64 Softplus on the CPU, and none of opset 22 on CUDA. Only operations are used whose
 * schema has not been revised after the CUDA kernels of ONNX Runtime were written, or such a node would be moved to the
 * CPU silently: see the table in the tests.
 *
 * @param mixes Whether what labels mix of both signs is computed at once: fewer nodes, unless a derivative needs both by themselves.
 */
export function nodeOps(w: Writer, mixes = false): Ops<GraphValue> {
  const { tiny, largest, splitter } = formats[w.precision];
  const binary = (op: string) => (a: GraphValue, b: GraphValue) => w.node(op, [a, b]);
  const unary = (op: string) => (a: GraphValue) => w.node(op, [a]);
  /** No number of the graph is infinite: a quarter of the largest one stands for it, and no difference of two overflows. */
  const constant = (value: number) =>
    w.constant(Math.abs(value) === Infinity ? (Math.sign(value) * largest) / 4 : value);
  const [zero, one] = [constant(0), constant(1)];

  const raw: Ops<GraphValue> = {
    tiny,
    constant,
    literal: (a) => a.literal,
    add: (a, b) => (mixes ? mixed(a, b) : undefined) ?? { ...w.node('Add', [a, b]), lost: lostByBoth(a, b) },
    sub(a, b) {
      // (1 − y)·pq − y·pq, which the slope of a mix is: one product is enough.
      for (const [i, shared] of a.factors?.entries() ?? []) {
        const j = b.factors?.findIndex(({ name }) => name === shared.name) ?? -1;
        if (a.factors && b.factors && j >= 0) return o.mul(shared, o.sub(a.factors[1 - i], b.factors[1 - j]));
      }
      const made = { ...w.node('Sub', [a, b]), lost: lostByBoth(a, b) };
      return a.literal === 1 ? { ...made, complement: b } : made;
    },
    mul(a, b) {
      // ONNX Runtime would make the division itself, and break the model if its other factor is 1.
      if (b.inverse) return o.div(a, b.inverse);
      if (a.inverse) return o.div(b, a.inverse);
      const [nearOne, other] = a.nearOne ? [a, b] : [b, a];
      if (nearOne.nearOne) return o.neg(w.node('Mul', [w.node('Neg', [nearOne]), other]));
      return { ...w.node('Mul', [a, b]), factors: [a, b] };
    },
    div: (a, b) => (a.literal === 1 ? { ...w.node('Div', [a, b]), inverse: b } : w.node('Div', [a, b])),
    neg: unary('Neg'),
    abs: (a) => ({ ...w.node('Abs', [a]), lost: a.lost }),
    // WebGPU has no Sign. Numbers that are not normal come out between.
    sign: (a) => w.node('Div', [a, w.node('Max', [w.node('Abs', [a]), constant(tiny)])]),
    max: binary('Max'),
    exp: unary('Exp'),
    log: unary('Log'),
    /**
     * log(1 + a), with what 1 + a lost in rounding put back to first order. In float32 a small a goes by core's series: the
     * logarithm of WGSL is off by 2⁻²¹ near 1, whatever is put back.
     */
    log1p(a) {
      const d = w.node('Add', [one, a]);
      const log = o.add(w.node('Log', [d]), o.div(o.sub(a, o.sub(d, one)), d));
      if (w.precision === 'float64') return log;
      const isNear = w.node('Less', [w.node('Abs', [a]), constant(0.35)]);
      return w.node('Where', [isNear, atanhTwice(o.div(a, o.add(constant(2), a))), log]);
    },
    softplus,
    sigmoid,
    pow(a, p) {
      if (p.literal === 2) return o.mul(a, a);
      const first = w.node('Pow', [a, p]);
      // An exponent that float32 does not have comes in two parts, of which the second is never negative.
      const power = mended(p.low === undefined ? first : w.node('Mul', [first, w.node('Pow', [a, p.low])]), a, p);
      const isRoot = (p.literal ?? p.most ?? Number.POSITIVE_INFINITY) <= 1;
      return a.logit !== undefined && isRoot ? rootOfSigmoid(a.logit, p, power) : power;
    },
    affine,
    where: (test, a, b) => w.node('Where', [w.node('Greater', [test, zero]), a, b]),
    detach: (a) => a,
  };
  const o = fold(raw);
  return o;

  /** Core's series of log((1 + s) / (1 − s)) as nodes: all that it is written in are sums and products. */
  function atanhTwice(s: GraphValue): GraphValue {
    const sums = {
      add: o.add,
      mul: o.mul,
      madd: (a: GraphValue, b: GraphValue, c: GraphValue) => o.add(o.mul(a, b), c),
      named: (_: string, value: GraphValue) => value,
    };
    return helpers.atanhTwice.write<GraphValue>(
      {
        ...sums,
        polynomial: (x, _, { coefficients }) => helpers.horner(sums, x, coefficients.map(constant)),
      } as helpers.Arithmetic<GraphValue>,
      s,
    );
  }

  /** log(1 + e) for e in [0, 1], where the quotient's denominator changes nothing: one division less. */
  function log1pUnit(e: GraphValue): GraphValue {
    const d = w.node('Add', [one, e]);
    return o.add(w.node('Log', [d]), o.sub(e, o.sub(d, one)));
  }

  /**
   * What softplus and sigmoid of ±u are made of: minus its positive part and its negative part, e^each, and
   * e = e^−|u|. A rounding error that u carries is put where it matters: into the one of the two that is not 1.
   */
  function parts(of: GraphValue) {
    if (of.isSize) {
      const minus = w.node('Neg', [of]);
      const e = w.node('Exp', [minus]);
      return { minusAbove: minus, minusBelow: zero, ofBelow: one, ofAbove: e, e, lost: undefined };
    }
    const u = of.overflows ? { ...of, ...clamp(of, largest) } : of;
    const minusBelow = w.node('Min', [u, zero]);
    const minusAbove = w.node('Sub', [minusBelow, u]);
    let [ofBelow, ofAbove] = [w.node('Exp', [minusBelow]), w.node('Exp', [minusAbove])];
    let lost: { readonly above: GraphValue; readonly below: GraphValue } | undefined;
    if (u.low !== undefined) {
      const below = w.node('Where', [w.node('Less', [u, zero]), u.low, zero]);
      lost = { above: o.sub(u.low, below), below };
      ofBelow = o.add(ofBelow, w.node('Mul', [ofBelow, below]));
      ofAbove = o.sub(ofAbove, w.node('Mul', [ofAbove, lost.above]));
    }
    const e = w.node('Mul', [ofBelow, ofAbove]);
    return { minusAbove, minusBelow, ofBelow, ofAbove, e, lost };
  }
  /** What rounding took from u belongs to the sum, too: where u is near 0, it is all there is beside the logarithm. */
  function softplus(a: GraphValue): GraphValue {
    const { minusAbove, minusBelow, e, lost } = parts(a.negated ?? a);
    const [line, low] = a.negated ? [minusBelow, lost && o.neg(lost.below)] : [minusAbove, lost?.above];
    const log = log1pUnit(e);
    const made = o.sub(low === undefined ? log : o.add(log, low), line);
    return low === undefined ? { ...made, rest: { log, line } } : made;
  }
  function sigmoid(a: GraphValue): GraphValue {
    const { ofBelow, ofAbove, e } = parts(a.negated ?? a);
    const [over, under] = [a.negated ? ofAbove : ofBelow, w.node('Add', [one, e])];
    const lost = () => o.div(o.sub(e, o.sub(under, one)), under);
    return { ...w.node('Div', [over, under]), quotient: { over, under, lost }, logit: a };
  }

  /** What a sum or a difference of sigmoids of ±u, each times what a label has of it, lost by their denominator. */
  function lostByBoth(a: GraphValue, b: GraphValue): (() => GraphValue) | undefined {
    const [first, second] = [a, b].map(({ factors }) => factors?.find(({ quotient }) => quotient)?.quotient);
    return first && second && first.under.name === second.under.name ? first.lost : undefined;
  }

  /** (a/(1 − lost))^p: of p = 5, half an ulp of the denominator is two and a half of the power. */
  function mended(power: GraphValue, a: GraphValue, p: GraphValue): GraphValue {
    const lost = a.quotient?.lost ?? a.lost;
    if (lost === undefined || w.precision === 'float64' || !((p.literal ?? p.about ?? 0) > STEEP)) return power;
    return o.sub(power, o.mul(power, o.mul(p, lost())));
  }

  /** σ(u)^p of a p up to 1, which is a normal number where σ(u) is none any more: far below 0, e^pu. */
  function rootOfSigmoid(u: GraphValue, p: GraphValue, power: GraphValue): GraphValue {
    const below = { ...o.neg(o.max(o.neg(u), zero)), ...lowOf(u) };
    const { low, ...exponent } = affine(p, below, zero);
    const decay = w.node('Exp', [exponent]);
    const exact = low === undefined ? decay : o.add(decay, w.node('Mul', [decay, low]));
    return w.node('Where', [w.node('Less', [u, constant(FAR)]), exact, power]);
  }

  /** What rounding took from a value, as a note. */
  function lowOf({ low, negated }: GraphValue): Pick<GraphValue, 'low'> {
    if (low !== undefined) return { low };
    return negated?.low === undefined ? {} : { low: o.neg(negated.low) };
  }

  /**
   * y·a + (1 − y)·b of what a label mixes: of two sigmoids there is one quotient, and of two softplus, which have the logarithm in
   * common, one sum.
   */
  function mixed({ factors: first }: GraphValue, { factors: second }: GraphValue): GraphValue | undefined {
    if (first === undefined || second === undefined) return undefined;
    const [[y, a], [rest, b]] = [first, second];
    const sum = (a: GraphValue, b: GraphValue) => o.add(o.mul(y, a), o.mul(rest, b));
    if (a.quotient && b.quotient && a.quotient.under.name === b.quotient.under.name) {
      const { over, under, lost } = a.quotient;
      return { ...w.node('Div', [sum(over, b.quotient.over), under]), lost };
    }
    if (a.rest && b.rest && a.rest.log.name === b.rest.log.name && rest.complement?.name === y.name) {
      return w.node('Sub', [a.rest.log, sum(a.rest.line, b.rest.line)]);
    }
    return undefined;
  }

  /** Moves a value into [−bound, bound]. */
  function clamp(a: GraphValue, bound: number): GraphValue {
    return w.node('Max', [w.node('Min', [a, constant(bound)]), constant(-bound)]);
  }

  /**
   * a·x + b with its rounding error, which large logits do without: its own products overflow. What rounding takes is
   * computed without folding, as the format of the graph rounds.
   */
  function affine(ofFactor: GraphValue, x: GraphValue, ofShift: GraphValue): GraphValue {
    const [a, b] = [withRest(ofFactor), withRest(ofShift)];
    // a·(2x) as (2a)·x: of a large logit, 2x is infinite, and 0 times that is NaN.
    const [two, half] = x.factors ?? [];
    if (two?.literal === 2 && half)
      return affine({ ...o.mul(two, a), ...(a.low && { low: o.mul(two, a.low) }) }, half, b);
    const product = w.node('Mul', [a, x]);
    const sum = b.literal === 0 ? product : o.add(product, b);
    const lows = [productLow(raw, a, x, product, splitter)];
    if (x.low !== undefined) lows.push(o.mul(a, x.low));
    if (a.low !== undefined) lows.push(o.mul(a.low, x));
    if (b.low !== undefined) lows.push(b.low);
    if (sum !== product) lows.push(sumLow(raw, product, b, sum));
    const isNear = w.node('Less', [w.node('Abs', [x]), constant(largest / 2 ** 60)]);
    const low = w.node('Where', [isNear, lows.reduce((all, one) => o.add(all, one)), zero]);
    return { ...sum, low, overflows: true };
  }

  /** A number with what the format of the graph has no room for. */
  function withRest(a: GraphValue): GraphValue {
    if (a.literal === undefined || a.low !== undefined || w.precision === 'float64') return a;
    const rest = a.literal - Math.fround(a.literal);
    return rest === 0 || !Number.isFinite(rest) ? a : { ...a, low: constant(rest) };
  }
}
