import { Decimal, ln, one, pow, zero } from '../decimal.ts';
import { type Definition, type Labelled, type Logit, logQ, type Params, type Point } from './definition.ts';
import { focal } from './focal.ts';

/** Ben-Baruch et al. 2021, eq. 7: (1 − p)^γ₊·(−log p). */
function positive(at: Logit, { gammaPositive: gamma, detach }: Params, held: Logit = at): Point {
  if (detach.isZero()) return focal.positive(at, { gamma });
  const { value, slope } = focal.positive(at, { gamma: zero });
  const weight = pow(held.q, gamma);
  return { value: weight.times(value), slope: weight.times(slope) };
}

/** p_m^γ₋·(−log(1 − p_m)) with p_m = max(p − m, 0). */
function negative(at: Logit, { gammaNegative: gamma, margin, detach }: Params, held: Logit = at): Point {
  const shifted = (p: Decimal) => Decimal.max(p.minus(margin), 0);
  const pm = shifted(at.p);
  if (pm.isZero()) return { value: zero, slope: zero };
  const rest = one.minus(pm);
  const log = margin.isZero() ? logQ(at).neg() : ln(rest).neg();
  const sensitivity = at.p.times(at.q);
  // q/(1 − p_m) is 1 where there is no margin, also once q is 0 in all digits.
  const ofLog = margin.isZero() ? at.p : sensitivity.div(rest);
  const weight = pow(detach.isZero() ? pm : shifted(held.p), gamma);
  // p q log q tends to 0 with q.
  const ofWeight =
    detach.isZero() && !gamma.isZero() && !sensitivity.isZero()
      ? gamma.times(pow(pm, gamma.minus(1))).times(sensitivity)
      : zero;
  /** An error of the difference p − m, relative to its terms, is multiplied by this relative to p_m. */
  const apart = at.p.plus(margin).div(pm);
  const value = weight.times(log);
  const slope = (ofWeight.isZero() ? zero : ofWeight.times(log)).plus(weight.times(ofLog));
  const steep = gamma.plus(2);
  return { value, slope, valueScale: value.times(apart).times(steep), slopeScale: slope.times(apart).times(steep) };
}

export const asymmetric: Definition = {
  positive,
  negative: (at, params, held) => withoutScale(negative(at, params, held), params),
  /** The expectation over the two labels. */
  soft(at: Labelled, params, held) {
    const [p, n] = [positive(at, params, held), negative(at, params, held)];
    const { y } = at;
    const rest = one.minus(y);
    return {
      value: y.times(p.value).plus(rest.times(n.value)),
      slope: y.times(p.slope).plus(rest.times(n.slope)),
      valueScale: y.times(p.value).plus(rest.times(n.valueScale ?? n.value)),
      slopeScale: y.times(p.slope.abs()).plus(rest.times(n.slopeScale ?? n.slope)),
    };
  },
  balanced: { sigmoid: [{}] },
  tried: {
    sigmoid: [
      {},
      { gammaPositive: 0, gammaNegative: 2, margin: 0 },
      { gammaPositive: 0.5, gammaNegative: 2.5, margin: 0.2 },
      { gammaPositive: 0, gammaNegative: 0, margin: 0.1 },
      { detach: true },
    ],
    softmax: [],
  },
};

/** Without a margin nothing is a difference. */
const withoutScale = (point: Point, { margin }: Params): Point =>
  margin.isZero() ? { value: point.value, slope: point.slope } : point;
