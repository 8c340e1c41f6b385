import { ce } from './crossEntropy.ts';
import { miss } from './focal.ts';
import { member } from './member.ts';

/**
 * PolyLoss (Poly-1): focal loss with more or less of its leading polynomial term.
 * Z. Leng et al., "PolyLoss", ICLR 2022, eq. 6 and 7.
 *
 * ```latex
 * \mathrm{Poly}(x, y) = \mathrm{miss}(x, y)^{\gamma}\,\bigl(\mathrm{CE}(x, y) + \epsilon\,\mathrm{miss}(x, y)\bigr)
 * \;=\; \mathrm{FL} + \epsilon\,(1 - p_t)^{\gamma + 1}
 * ```
 *
 * - **Parameters**: ε ≥ −1 (1); 0 is the focal loss. γ ≥ 0 (0, cross-entropy).
 * - **Shapes**: elementwise; `x` any finite logit, `y` in [0, 1].
 * - **Properties**: FL(x, y) = FL(−x, 1−y) holds for it as well. Below ε = −1 an example would be better wrong than right, which
 *   is why that is refused. For ε < 0 value and slope are differences near p_t = 1, accurate relative to their terms.
 * - **Pitfalls**: α multiplies both terms here, as the paper has it; a common port multiplies the focal term only.
 */
export const poly = /* @__PURE__ */ member({
  key: 'poly',
  labels: 'alike',
  params: { epsilon: { default: 1, min: -1 }, gamma: { default: 0, min: 0, common: [0, 2] } },
  links: ['sigmoid', 'softmax'],
  formula: (o, x, y, { epsilon, gamma }) => {
    const wrong = miss(o, x, y);
    return o.mul(o.pow(wrong, gamma), o.add(ce(o, x, y), o.mul(epsilon, wrong)));
  },
});
