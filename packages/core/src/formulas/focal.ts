import type { Ops } from '../ops.ts';
import { ce, mix } from './crossEntropy.ts';
import { member } from './member.ts';

/**
 * Focal loss, paper eq. 4.
 *
 * ```latex
 * \mathrm{FL}(x, y) = \mathrm{miss}(x, y)^{\gamma}\,\mathrm{CE}(x, y) \;=\; -(1 - p_t)^{\gamma} \log p_t
 * \quad\text{with}\quad \mathrm{miss}(x, y) = y\,\sigma(-x) + (1 - y)\,\sigma(x)
 * ```
 *
 * - **Parameters**: γ ≥ 0 focuses; the paper finds [0.5, 5] good and 2 best. γ = 0 is cross-entropy, to the last bit.
 * - **Shapes**: elementwise; `x` any finite logit, `y` in [0, 1].
 * - **Properties**: 0 ≤ FL ≤ CE; FL(x, y) = FL(−x, 1−y); not convex for γ > 0. An example with p_t = 0.9 weighs 100
 *   times less than under cross-entropy at γ = 2, one with p_t ≤ 0.5 at most 4 times less. The slope of the hardest
 *   examples stays near −1; |∂/∂x| peaks at 1.129 for γ = 2, where p_t = 0.058.
 * - **Gradient** (appendix B, eq. 10): y(1−p_t)^γ (γ p_t log p_t + p_t − 1) for y = ±1.
 * - **Pitfalls**: `1 − σ(x)` is 0 from x = 17 (float32), and a power of 0 has no finite slope for γ < 1: `miss` is a
 *   sum of sigmoids instead, small but never wrong. Soft labels mix `miss` linearly, as torchvision, Keras, optax and
 *   TF Object Detection do; the minimum over x is then not at σ(x) = y (use {@link qualityFocal} where that matters).
 */
export const focal = /* @__PURE__ */ member({
  key: 'focal',
  labels: 'alike',
  params: { gamma: { default: 2, min: 0, common: [0, 1, 2, 3] } },
  links: ['sigmoid', 'softmax'],
  formula: (o, x, y, { gamma }) => o.mul(o.pow(miss(o, x, y), gamma), ce(o, x, y)),
});

/** 1 − p_t without the subtraction. */
export const miss = <T>(o: Ops<T>, x: T, y: T): T => mix(o, y, o.sigmoid(o.neg(x)), o.sigmoid(x));
