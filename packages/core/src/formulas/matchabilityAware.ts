import { complement } from './complement.ts';
import { member } from './member.ts';

/**
 * Matchability-aware loss: a positive's target is a power of its IoU; negatives are focal with the weight held fixed.
 * S. Huang et al., "DEIM: DETR with Improved Matching", CVPR 2025, eq. 3.
 *
 * ```latex
 * \mathrm{MAL}(x, y) = \begin{cases} \mathrm{CE}(x, y^{\gamma}) & y > 0 \\
 * \alpha\,\overline{\sigma(x)^{\gamma}}\,\mathrm{softplus}(x) & y = 0 \end{cases}
 * ```
 *
 * - **Parameters**: γ ≥ 0 (1.5), the power of both; α ≥ 0 (1, which is off) weighs the negatives, and only them.
 * - **Shapes**: elementwise; `x` any finite logit, `y` an IoU in [0, 1], 0 for a negative.
 * - **Properties**: σ(x)^γ is a weight held fixed: the slope of a negative is α·σ(x)^(γ+1). A positive's slope is σ(x) − y^γ, a
 *   difference. Not continuous in y at 0: give a matched box of IoU 0 a small y.
 * - **Pitfalls**: α is not the α of an α-balanced loss, which weighs positives too.
 */
export const matchabilityAware = /* @__PURE__ */ member({
  key: 'matchabilityAware',
  labels: 'apart',
  params: { gamma: { default: 1.5, min: 0 }, alpha: { default: 1, min: 0 } },
  links: ['sigmoid'],
  untold: () => 'its weights are held fixed, so that it has no minimum of its own',
  formula: (o, x, y, { gamma, alpha }) => {
    const target = o.pow(y, gamma);
    const others = complement(o, o.neg(o.mul(gamma, o.log(y))), target);
    const positive = o.add(o.mul(target, o.softplus(o.neg(x))), o.mul(others, o.softplus(x)));
    const weight = o.detach(o.pow(o.sigmoid(x), gamma));
    return o.where(y, positive, o.mul(alpha, o.mul(weight, o.softplus(x))));
  },
});
