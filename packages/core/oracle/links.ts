import { type Decimal, digitsFor, exact, exp, ln, one, sum, withDigits, zero } from './decimal.ts';
import { confirm } from './difference.ts';
import { type Entry, entry } from './entry.ts';
import { type Definition, type Params, type Point, probability, type Setting } from './textbook/definition.ts';

/** How the logits that belong to one target become a loss. */
export interface Link {
  /** The logits of each target in an input of that shape. */
  width(shape: readonly number[] | undefined): number;
  loss(
    definition: Definition,
    logits: readonly Decimal[],
    target: Decimal | number,
    params: Params,
    held: readonly Decimal[],
  ): Linked;
  /** α_t, of a label, or of the class with that index. */
  alpha(alpha: number, target: Decimal): Decimal;
  /** What a target adds to the denominator 'positives'. */
  positive(target: number, background: number | undefined): Decimal;
}

interface Linked {
  readonly point: Point;
  /** From the slope to the derivatives by each logit. */
  chain(slope: Decimal): readonly Decimal[];
}

function logitAt(x: Decimal) {
  const p = probability(x);
  return { x, p, q: one.minus(p) };
}

/** p = σ(x). */
const sigmoid: Link = {
  width: () => 1,
  loss(definition, [x], target, params, [heldX]) {
    const y = typeof target === 'number' ? exact(target) : target;
    const at = logitAt(x);
    const held = x === heldX ? at : logitAt(heldX);
    const point = y.eq(1)
      ? definition.positive(at, params, held)
      : y.isZero()
        ? definition.negative(at, params, held)
        : definition.soft({ ...at, y }, params, held);
    return { point, chain: (slope) => [slope] };
  },
  alpha(alpha, y) {
    const a = exact(alpha);
    return y.times(a).plus(one.minus(y).times(one.minus(a)));
  },
  positive: (target) => exact(target),
};

/** p_t = exp(x_t) / Σ exp(x_j); the chain rule with dp_t/dx_j = p_t (δ_tj − p_j). */
const softmax: Link = {
  width: (shape) => (shape as readonly number[])[1],
  loss(definition, logits, of, params) {
    const target = Number(of);
    const powers = exponentials(logits);
    const total = sum(powers);
    const p = powers[target].div(total);
    const rest = one.minus(p);
    // x_t is the logit of p_t. Few losses ask for it, and a logarithm takes long.
    const truth = {
      p,
      q: rest,
      get x() {
        return ln(p.div(rest));
      },
    };
    return {
      point: definition.positive(truth, params),
      // The slope by x_t is that by p_t times p_t (1 − p_t). Once p_t is 1 in all digits every derivative is 0.
      chain: (slope) =>
        powers.map((power, j) => {
          const delta = j === target ? one : zero;
          return rest.isZero() ? zero : delta.minus(power.div(total)).times(slope).div(rest);
        }),
    };
  },
  alpha: (alpha) => exact(alpha),
  positive: (target, background) => (target === background ? zero : one),
};

/** Under the names that core has for them. */
export const links: Readonly<Record<'sigmoid' | 'softmax', Link>> = { sigmoid, softmax };

/** exp(x_j) up to a common factor: beside a logit of +∞ all others are nothing. */
function exponentials(logits: readonly Decimal[]): Decimal[] {
  const certain = logits.findIndex((x) => x.eq(Number.POSITIVE_INFINITY));
  return certain < 0 ? logits.map((x) => exp(x)) : logits.map((_, j) => (j === certain ? one : zero));
}

/**
 * The loss of one target with as many digits as it takes, its gradient confirmed by a central difference.
 *
 * @param confirmed False where many are drawn at random, of settings whose closed forms have been confirmed elsewhere.
 */
export function lossOf(
  { link, definition }: { link: Link; definition: Definition },
  logits: readonly number[],
  target: Decimal | number,
  params: Setting,
  confirmed = true,
): Entry {
  const finite = logits.filter(Number.isFinite);
  const spread = Math.max(0, ...finite) - Math.min(0, ...finite);
  return withDigits(digitsFor(spread + (definition.shift?.(params) ?? 0), definition.steepness?.(params)), () => {
    const xs = logits.map(exact);
    const constants = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, exact(Number(value))]));
    const loss = (at: readonly Decimal[]) => link.loss(definition, at, target, constants, xs);
    const { point, chain } = loss(xs);
    const { value, slope, valueScale, slopeScale } = point;
    const result = entry(value, chain(slope), valueScale, slopeScale && chain(slopeScale));
    if (confirmed)
      confirm(JSON.stringify({ target, ...params }), (at) => loss(at).point.value, xs, result.grad, result.gradScale);
    return result;
  });
}

/**
 * The diagonal of the second derivatives of the loss of one target, with what is held fixed held: central differences of
 * the textbook's slopes, good to some 45 digits.
 */
export function curvatureOf(
  { link, definition }: { link: Link; definition: Definition },
  logits: readonly number[],
  target: Decimal | number,
  params: Setting,
): readonly Decimal[] {
  const spread = Math.max(0, ...logits) - Math.min(0, ...logits);
  const digits = digitsFor(spread + (definition.shift?.(params) ?? 0), definition.steepness?.(params)) + 50;
  return withDigits(digits, () => {
    const xs = logits.map(exact);
    const constants = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, exact(Number(value))]));
    const slopes = (at: readonly Decimal[]) => {
      const { point, chain } = link.loss(definition, at, target, constants, xs);
      return chain(point.slope);
    };
    const h = exact(2 ** -80);
    return xs.map((_, j) => {
      const nudged = (by: Decimal) => slopes(xs.map((x, k) => (k === j ? x.plus(by) : x)))[j];
      return nudged(h).minus(nudged(h.neg())).div(h.times(2));
    });
  });
}
