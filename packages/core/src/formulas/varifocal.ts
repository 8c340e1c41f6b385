import { ce } from './crossEntropy.ts';
import { heldIf } from './held.ts';
import { member } from './member.ts';

/**
 * Varifocal loss: quality targets for positives, focal loss for negatives.
 * H. Zhang et al., "VarifocalNet", CVPR 2021, eq. 2.
 *
 * ```latex
 * \mathrm{VFL}(x, y) = \begin{cases} y\,\mathrm{CE}(x, y) & y > 0 \\
 * \alpha\,\sigma(x)^{\gamma}\,\mathrm{softplus}(x) & y = 0 \end{cases}
 * ```
 *
 * - **Parameters**: α ≥ 0 (0.75) weighs the negatives, and only them; γ ≥ 0 (2) focuses them. `iouWeighted` (true): positives
 *   are weighted by their quality; without it they weigh 1. `detach` (false): the weight σ(x)^γ of negatives is held fixed, and
 *   the gradient is α·σ(x)^(γ+1), as in RT-DETR and D-FINE; the value is the same. mmdetection and the paper's code do not hold it.
 * - **Shapes**: elementwise; `x` any finite logit, `y` a quality in [0, 1] such as an IoU, 0 for a negative.
 * - **Properties**: a positive's minimum lies at σ(x) = y and is the entropy of y, not 0. The slope of a positive is
 *   y(σ(x) − y), a difference; that of a negative has one sign. Discontinuous in y at 0: a matched box of IoU 0 counts as a
 *   negative. Convex in x for positives, not for negatives.
 * - **Pitfalls**: α does not weigh positives, as an α-balanced loss does. `(σ(x) − y).abs()` in the weight of negatives is
 *   σ(x); raised as it stands it has no finite slope below γ = 1 once σ(x) has become 0.
 */
export const varifocal = /* @__PURE__ */ member({
  key: 'varifocal',
  labels: 'apart',
  params: {
    alpha: { default: 0.75, min: 0 },
    gamma: { default: 2, min: 0, common: [2] },
    iouWeighted: { default: 1, flag: true },
    detach: { default: 0, flag: true },
  },
  links: ['sigmoid'],
  untold: ({ detach }) =>
    detach === 0 ? undefined : 'its weights are held fixed, so that it has no minimum of its own',
  formula: (o, x, y, { alpha, gamma, iouWeighted, detach }) => {
    const positive = o.mul(o.where(iouWeighted, y, o.constant(1)), ce(o, x, y));
    const weight = heldIf(o, detach, o.pow(o.sigmoid(x), gamma));
    return o.where(y, positive, o.mul(alpha, o.mul(weight, o.softplus(x))));
  },
});
