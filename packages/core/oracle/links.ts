import { type Decimal, digitsFor, exact, exp, ln, one, sum, withDigits, zero } from './decimal.ts';
import { confirm } from './difference.ts';
import { type Entry, entry } from './entry.ts';
import { type Definition, type Params, type Point, probability, type Setting } from './textbook/definition.ts';

/** How the logits that belong to one target become a loss. */
export interface Link {
  /** The logits of each target in an input of that shape. */
  width(shape: readonly number[] | undefined): number;
  loss(definition: Definition, logits: readonly Decimal[], target: number, params: Params): Linked;
  /** α_t. */
  alpha(alpha: number | readonly number[], target: number): Decimal;
  /** What a target adds to the denominator 'positives'. */
  positive(target: number, background: number | undefined): Decimal;
}

interface Linked {
  readonly point: Point;
  /** From the slope to the derivatives by each logit. */
  chain(slope: Decimal): readonly Decimal[];
}

/** p = σ(x). */
const sigmoid: Link = {
  width: () => 1,
  loss(definition, [x], target, params) {
    const p = probability(x);
    const at = { x, p, q: one.minus(p) };
    const point =
      target === 1
        ? definition.positive(at, params)
        : target === 0
          ? definition.negative(at, params)
          : definition.soft({ ...at, y: exact(target) }, params);
    return { point, chain: (slope) => [slope] };
  },
  alpha: (alpha, target) => {
    const [a, y] = [exact(alpha as number), exact(target)];
    return y.times(a).plus(one.minus(y).times(one.minus(a)));
  },
  positive: (target) => exact(target),
};

/** p_t = exp(x_t) / Σ exp(x_j); the chain rule with dp_t/dx_j = p_t (δ_tj − p_j). */
const softmax: Link = {
  width: (shape) => (shape as readonly number[])[1],
  loss(definition, logits, target, params) {
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
  alpha: (alpha, target) => exact((alpha as readonly number[])[target]),
  positive: (target, background) => (target === background ? zero : one),
};

/** Under the names that core has for them. */
export const links: Readonly<Record<'sigmoid' | 'softmax', Link>> = { sigmoid, softmax };

/** exp(x_j) up to a common factor: beside a logit of +∞ all others are nothing. */
function exponentials(logits: readonly Decimal[]): Decimal[] {
  const certain = logits.findIndex((x) => x.eq(Number.POSITIVE_INFINITY));
  return certain < 0 ? logits.map((x) => exp(x)) : logits.map((_, j) => (j === certain ? one : zero));
}

/** The loss of one target with as many digits as it takes, its gradient confirmed by a central difference. */
export function lossOf(
  { link, definition }: { link: Link; definition: Definition },
  logits: readonly number[],
  target: number,
  params: Setting,
): Entry {
  const finite = logits.filter(Number.isFinite);
  const spread = Math.max(0, ...finite) - Math.min(0, ...finite);
  return withDigits(digitsFor(spread, definition.steepness?.(params)), () => {
    const xs = logits.map(exact);
    const constants = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, exact(value)]));
    const loss = (at: readonly Decimal[]) => link.loss(definition, at, target, constants);
    const { point, chain } = loss(xs);
    const { value, slope, valueScale, slopeScale } = point;
    const result = entry(value, chain(slope), valueScale, slopeScale && chain(slopeScale));
    confirm(JSON.stringify({ target, ...params }), (at) => loss(at).point.value, xs, result.grad, result.gradScale);
    return result;
  });
}
