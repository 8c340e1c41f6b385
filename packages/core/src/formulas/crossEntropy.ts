import type { Ops } from '../ops.ts';
import { member } from './member.ts';

/**
 * Cross-entropy of one logit, paper eq. 1.
 *
 * ```latex
 * \mathrm{CE}(x, y) = y\,\mathrm{softplus}(-x) + (1 - y)\,\mathrm{softplus}(x) \;=\; -\log p_t
 * \quad\text{with}\quad p_t = \begin{cases} \sigma(x) & y = 1 \\ 1 - \sigma(x) & y = 0 \end{cases}
 * ```
 *
 * - **Shapes**: elementwise; `x` any finite logit, `y` in [0, 1].
 * - **Properties**: CE ≥ 0, convex in x; CE(x, y) = CE(−x, 1−y); ∂/∂x = σ(x) − y. Linear in y, so a soft label is the
 *   expectation over hard ones and the minimum lies at σ(x) = y.
 * - **Pitfalls**: never `−log(σ(x))`, which is ∞ from x = −710 (float64) or −89 (float32) on: e^−x overflows, nor `−log(1 − σ(x))`,
 *   which is already ∞ at x = 37 or 17. `softplus` has neither fault. For y in {0, 1} the products are exact.
 *
 * At a softmax, with z = x_t − logsumexp(x_j, j ≠ t): −log p_t = CE(z, 1).
 */
export const crossEntropy = /* @__PURE__ */ member({
  key: 'crossEntropy',
  labels: 'alike',
  params: {},
  links: ['sigmoid', 'softmax'],
  formula: (o, x, y) => ce(o, x, y),
});

export const ce = <T>(o: Ops<T>, x: T, y: T): T => mix(o, y, o.softplus(o.neg(x)), o.softplus(x));

/** y·a + (1−y)·b: the label chooses a term, or mixes both if it is soft. */
export const mix = <T>(o: Ops<T>, y: T, a: T, b: T): T => o.add(o.mul(y, a), o.mul(o.sub(o.constant(1), y), b));
