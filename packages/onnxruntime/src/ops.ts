import type { Ops } from '@focal-loss/core';
import type { Value, Writer } from './writer.ts';

/** Of a number format: its smallest normal number, its largest, and the number that splits one in two halves. */
export const formats = {
  float32: { tiny: 2 ** -126, largest: (2 - 2 ** -23) * 2 ** 127, splitter: 2 ** 12 + 1 },
  float64: { tiny: 2 ** -1022, largest: Number.MAX_VALUE, splitter: 2 ** 27 + 1 },
} as const;

/**
 * The algebra that writes ONNX nodes.
 *
 * Softplus, Sigmoid and LogSoftmax are put together from Exp and Log: ONNX Runtime computes its own with errors of many
 * ulp in the tails, has no float64 Softplus on the CPU, and none of opset 22 on CUDA. Only operations are used whose
 * schema has not been revised after the CUDA kernels of ONNX Runtime were written, or such a node would be moved to the
 * CPU silently: see the table in the tests.
 */
export function onnxOps(w: Writer): Ops<Value> {
  const { tiny, largest, splitter } = formats[w.precision];
  const constant = (value: number) => w.constant(value);
  const [zero, one] = [constant(0), constant(1)];
  const is = (a: Value, literal: number) => a.literal === literal;
  const both = (a: Value, b: Value) => a.literal !== undefined && b.literal !== undefined;
  const fold = (value: number) => constant(value);

  function neg(a: Value): Value {
    if (a.literal !== undefined) return fold(-a.literal);
    return a.negated ?? { ...w.node('Neg', [a]), negated: a };
  }
  function add(a: Value, b: Value): Value {
    if (both(a, b)) return fold(Number(a.literal) + Number(b.literal));
    if (is(a, 0)) return b;
    if (is(b, 0)) return a;
    if (b.negated) return sub(a, b.negated);
    if (a.negated) return sub(b, a.negated);
    return w.node('Add', [a, b]);
  }
  function sub(a: Value, b: Value): Value {
    if (both(a, b)) return fold(Number(a.literal) - Number(b.literal));
    if (is(b, 0)) return a;
    if (is(a, 0)) return neg(b);
    if (b.negated) return add(a, b.negated);
    // (1 − y)·pq − y·pq, which the slope of a mix is: one product is enough.
    for (const [i, shared] of a.factors?.entries() ?? []) {
      const j = b.factors?.findIndex(({ name }) => name === shared.name) ?? -1;
      if (a.factors && b.factors && j >= 0) return mul(shared, sub(a.factors[1 - i], b.factors[1 - j]));
    }
    return w.node('Sub', [a, b]);
  }
  function mul(a: Value, b: Value): Value {
    if (both(a, b)) return fold(Number(a.literal) * Number(b.literal));
    if (is(a, 0) || is(b, 0)) return zero;
    if (is(a, 1)) return b;
    if (is(b, 1)) return a;
    if (is(a, -1)) return neg(b);
    if (is(b, -1)) return neg(a);
    if (a.negated) return neg(mul(a.negated, b));
    if (b.negated) return neg(mul(a, b.negated));
    if (b.inverse) return div(a, b.inverse);
    if (a.inverse) return div(b, a.inverse);
    return { ...w.node('Mul', [a, b]), factors: [a, b] };
  }
  function div(a: Value, b: Value): Value {
    if (is(a, 0)) return zero;
    if (is(b, 1)) return a;
    if (a.negated) return neg(div(a.negated, b));
    // ONNX Runtime would make a division of the product itself, and break the model if its other factor is 1.
    return is(a, 1) ? { ...w.node('Div', [a, b]), inverse: b } : w.node('Div', [a, b]);
  }
  function pow(a: Value, p: Value): Value {
    if (is(p, 0)) return one;
    if (is(p, 1)) return a;
    if (is(p, 2)) return mul(a, a);
    const power = w.node('Pow', [a, p]);
    // An exponent that float32 does not have comes in two parts, of which the second is never negative.
    return p.low === undefined ? power : mul(power, w.node('Pow', [a, p.low]));
  }

  /** log(1 + e), with what 1 + e lost in rounding put back to first order. */
  function log1p(a: Value): Value {
    if (a.literal !== undefined) return fold(Math.log1p(a.literal));
    const d = w.node('Add', [one, a]);
    return add(w.node('Log', [d]), div(sub(a, sub(d, one)), d));
  }

  /** The same for e in [0, 1], where the quotient's denominator changes nothing: one division less. */
  function log1pUnit(e: Value): Value {
    const d = w.node('Add', [one, e]);
    return add(w.node('Log', [d]), sub(e, sub(d, one)));
  }

  /**
   * What softplus and sigmoid of ±u are made of: u's positive part and minus its negative part, e^−each, and
   * e = e^−|u|. A rounding error that u carries is put where it matters: into the one of the two that is not 1.
   */
  function parts(u: Value) {
    const above = w.node('Relu', [u]);
    const minusBelow = w.node('Sub', [u, above]);
    let [ofBelow, ofAbove] = [w.node('Exp', [minusBelow]), w.node('Exp', [neg(above)])];
    if (u.low !== undefined) {
      const low = w.node('Where', [w.node('Less', [u, zero]), u.low, zero]);
      ofBelow = add(ofBelow, w.node('Mul', [ofBelow, low]));
      ofAbove = sub(ofAbove, w.node('Mul', [ofAbove, sub(u.low, low)]));
    }
    const e = w.node('Mul', [ofBelow, ofAbove]);
    return { above, minusBelow, ofBelow, ofAbove, e };
  }
  function softplus(a: Value): Value {
    const u = a.negated ?? a;
    const { above, minusBelow, e } = parts(u);
    return a.negated ? sub(log1pUnit(e), minusBelow) : add(above, log1pUnit(e));
  }
  function sigmoid(a: Value): Value {
    const u = a.negated ?? a;
    const { ofBelow, ofAbove, e } = parts(u);
    return w.node('Div', [a.negated ? ofAbove : ofBelow, w.node('Add', [one, e])]);
  }

  /** ±1 or 0; WebGPU has no Sign. Numbers that are not normal come out between. */
  function sign(a: Value): Value {
    if (a.negated) return neg(sign(a.negated));
    return w.node('Div', [a, w.node('Max', [w.node('Abs', [a]), constant(tiny)])]);
  }

  /** A value in two halves, whose products with other halves are exact (Veltkamp). */
  function split(a: Value) {
    const c = mul(a, constant(splitter));
    const head = sub(c, sub(c, a));
    return { head, rest: sub(a, head) };
  }
  /** What rounding took from `product`, which is a·b (Dekker). */
  function productLow(a: Value, b: Value, product: Value): Value {
    const [s, t] = [split(a), split(b)];
    const high = w.node('Sub', [mul(s.head, t.head), product]);
    return add(add(add(high, mul(s.head, t.rest)), mul(s.rest, t.head)), mul(s.rest, t.rest));
  }
  /** What rounding took from `sum`, which is a + b (Knuth). */
  function sumLow(a: Value, b: Value, sum: Value): Value {
    const back = sub(sum, a);
    return add(sub(a, sub(sum, back)), sub(b, back));
  }
  /** Moves a value into [−bound, bound]. */
  const clamp = (a: Value, bound: number) => w.node('Max', [w.node('Min', [a, constant(bound)]), constant(-bound)]);

  /** a·x + b with its rounding error. Where that could matter, |u| < 1000, nothing here is near overflowing. */
  function affine(a: Value, x: Value, b: Value): Value {
    if (is(a, 1) && is(b, 0)) return x;
    if (is(a, -1) && is(b, 0)) return neg(x);
    if (is(a, 0)) return b;
    const near = clamp(x, largest / 2 ** 60);
    const product = w.node('Mul', [near, a]);
    let low = productLow(a, near, product);
    if (x.low !== undefined) low = add(low, mul(a, x.low));
    if (a.low !== undefined) low = add(low, mul(a.low, near));
    if (is(b, 0)) return { ...clamp(mul(a, x), largest / 4), low };
    const u = add(product, b);
    return { ...clamp(add(mul(a, x), b), largest / 4), low: add(low, sumLow(product, b, u)) };
  }

  return {
    tiny,
    constant,
    literal: (a) => a.literal,
    add,
    sub,
    mul,
    div,
    neg,
    abs: (a) => w.node('Abs', [a.negated ?? a]),
    sign,
    max: (a, b) => w.node('Max', [a, b]),
    exp: (a) => w.node('Exp', [a]),
    log1p,
    softplus,
    sigmoid,
    pow,
    affine,
  };
}
