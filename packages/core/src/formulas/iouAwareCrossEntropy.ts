import { complement } from './complement.ts';
import { member } from './member.ts';

/**
 * IoU-aware cross-entropy: a positive's target is a mean of its own score and its IoU, held fixed.
 * Z. Cai et al., "Align-DETR", BMVC 2024, eq. 4 and 5; the classification loss of RF-DETR, and with a weight for positives of
 * SAM3.
 *
 * ```latex
 * \mathrm{IA}(x, y) = \begin{cases} w\,\mathrm{CE}(x, \bar t),\quad t = \max(\sigma(x)^{\alpha}\, y^{1 - \alpha},\, \mathrm{floor}) & y > 0 \\
 * \sigma(x)^{\gamma}\,\mathrm{softplus}(x) & y = 0 \end{cases}
 * ```
 *
 * - **Parameters**: α in [0, 1] (0.25), how much of the target is the score; γ ≥ 0 (2) focuses negatives; `floor` in [0, 1] (0.01)
 *   of the target; `positiveWeight` ≥ 0 (1), the w of the formula.
 * - **Shapes**: elementwise; `x` any finite logit, `y` an IoU in [0, 1], 0 for a negative.
 * - **Properties**: t is held fixed: the slope of a positive is w(σ(x) − t), a difference that is 0 at σ(x) = y; the
 *   value is no antiderivative of it. The weight of negatives is not held.
 * - **Pitfalls**: 1 − t of a rounded t has lost all its digits for a confident positive (y = 1, x = 20), where most of the loss is
 *   (1 − t)·softplus(x); it is computed without the subtraction.
 */
export const iouAwareCrossEntropy = /* @__PURE__ */ member({
  key: 'iouAwareCrossEntropy',
  labels: 'apart',
  params: {
    alpha: { default: 0.25, min: 0, max: 1 },
    gamma: { default: 2, min: 0, common: [2] },
    floor: { default: 0.01, min: 0, max: 1 },
    positiveWeight: { default: 1, min: 0 },
  },
  links: ['sigmoid'],
  untold: () => 'its targets are held fixed, so that it has no minimum of its own',
  formula: (o, x, y, { alpha, gamma, floor, positiveWeight }) => {
    const rest = o.sub(o.constant(1), alpha);
    const mean = o.mul(o.pow(o.sigmoid(x), alpha), o.pow(y, rest));
    const isFloor = o.sub(floor, mean);
    /** −log of the mean, of which 1 − t is made. */
    const u = o.sub(o.mul(alpha, o.softplus(o.neg(x))), o.mul(rest, o.log(y)));
    const target = o.detach(o.where(isFloor, floor, mean));
    const others = o.detach(o.where(isFloor, o.sub(o.constant(1), floor), complement(o, u, mean)));
    const positive = o.add(o.mul(target, o.softplus(o.neg(x))), o.mul(others, o.softplus(x)));
    const negative = o.mul(o.pow(o.sigmoid(x), gamma), o.softplus(x));
    return o.where(y, o.mul(positiveWeight, positive), negative);
  },
});
