import type { Ops } from '../ops.ts';
import { mix } from './crossEntropy.ts';
import { heldIf } from './held.ts';
import { member } from './member.ts';

/**
 * Asymmetric loss for many labels at once: positives and negatives have a γ each, and negatives below a margin count
 * nothing. E. Ben-Baruch et al., "Asymmetric Loss For Multi-Label Classification", ICCV 2021, eq. 5–7.
 *
 * ```latex
 * \mathrm{ASL}(x, y) = y\,\sigma(-x)^{\gamma_+}\,\mathrm{softplus}(-x) - (1 - y)\,m^{\gamma_-}\,\log(1 - m)
 * \quad\text{with}\quad m = \max(\sigma(x) - \mathrm{margin},\, 0)
 * ```
 *
 * - **Parameters**: γ₊ ≥ 0 (1) and γ₋ ≥ 0 (4); `margin` in [0, 1] (0.05), below which a negative's probability is taken for 0.
 *   `detach` (false): the powers are weights held fixed, as in the official code with `disable_torch_grad_focal_loss`; the value
 *   is the same.
 * - **Shapes**: elementwise; `x` any finite logit, `y` in [0, 1].
 * - **Properties**: with margin 0 and γ₊ = γ₋ it is the focal loss. With a margin, a negative's loss is bounded by
 *   −log(margin), and its slope vanishes at both ends. Not convex. Linear in y.
 * - **Pitfalls**: the margin is a kink: at σ(x) = margin itself, γ₋ = 0 has the mean of both slopes, and between 0 and 1 the
 *   slope beside it is unbounded. Close above it m is a difference, accurate relative to its terms. `log(clamp(p, 1e-8))`, the usual
 *   form, has no gradient where an example is hardest, and −∞ in float16, where 1e-8 is 0.
 */
export const asymmetric = /* @__PURE__ */ member({
  key: 'asymmetric',
  labels: 'apart',
  params: {
    gammaPositive: { default: 1, min: 0, common: [1] },
    gammaNegative: { default: 4, min: 0, common: [4] },
    margin: { default: 0.05, min: 0, max: 1 },
    detach: { default: 0, flag: true },
  },
  links: ['sigmoid'],
  untold({ margin, detach }) {
    if (detach !== 0) return 'its weights are held fixed, so that it has no minimum of its own';
    return margin === 0 ? undefined : 'below the margin a negative has no slope, whatever its probability';
  },
  formula: (o, x, y, { gammaPositive, gammaNegative, margin, detach }) => {
    const positive = o.mul(heldIf(o, detach, o.pow(o.sigmoid(o.neg(x)), gammaPositive)), o.softplus(o.neg(x)));
    const clipped = o.where(margin, atLeast0(o, o.sub(o.sigmoid(x), margin)), o.sigmoid(x));
    const negative = o.mul(heldIf(o, detach, o.pow(clipped, gammaNegative)), surprise(o, x, clipped, margin));
    return mix(o, y, positive, negative);
  },
});

/** The positive part, with a slope of ½ at the kink. */
const atLeast0 = <T>(o: Ops<T>, a: T): T => o.max(a, o.constant(0));

/** −log(1 − m): of a small m by log1p, of a large one by 1 − m = σ(−x) + margin. Without a margin it is softplus. */
function surprise<T>(o: Ops<T>, x: T, m: T, margin: T): T {
  const small = o.neg(o.log1p(o.neg(m)));
  const large = o.neg(o.log(o.add(o.sigmoid(o.neg(x)), margin)));
  return o.where(margin, o.where(x, large, small), o.softplus(x));
}
