import { ce } from './crossEntropy.ts';
import { member } from './member.ts';

/**
 * Quality focal loss: focal loss for targets that are themselves a quality in [0, 1], such as an IoU.
 * X. Li et al., "Generalized Focal Loss", NeurIPS 2020, eq. 2.
 *
 * ```latex
 * \mathrm{QFL}(x, y) = \lvert y - \sigma(x) \rvert^{\beta}\,\mathrm{CE}(x, y)
 * \quad\text{with}\quad y - \sigma(x) = y\,\sigma(-x) - (1 - y)\,\sigma(x)
 * ```
 *
 * - **Parameters**: β ≥ 0, 2 in the paper. β = 0 is cross-entropy.
 * - **Shapes**: elementwise; `x` any finite logit, `y` in [0, 1].
 * - **Properties**: the minimum, 0, lies exactly at σ(x) = y, for soft labels too. For hard labels it is the focal loss
 *   with γ = β.
 * - **Pitfalls**: near σ(x) = y the distance is a difference, accurate relative to its terms and not to itself. β = 1
 *   has a kink there, β < 1 an infinite slope; the derivative is given as 0 at the point itself.
 */
export const qualityFocal = /* @__PURE__ */ member({
  key: 'qualityFocal',
  labels: 'alike',
  params: { beta: { default: 2, min: 0, common: [0, 1, 2] } },
  links: ['sigmoid'],
  formula: (o, x, y, { beta }) => {
    const below = o.mul(y, o.sigmoid(o.neg(x)));
    const above = o.mul(o.sub(o.constant(1), y), o.sigmoid(x));
    const distance = o.sub(below, above);
    // Where p = y a square is smooth; |d| has no slope there, and what is made of that no second derivative.
    const isSquare = o.literal(beta) === 2 && o.literal(y) === undefined;
    const weight = isSquare ? o.mul(distance, distance) : o.pow(o.abs(distance), beta);
    return o.mul(weight, ce(o, x, y));
  },
});
