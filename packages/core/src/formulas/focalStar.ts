import type { Ops } from '../ops.ts';
import { member } from './member.ts';

/**
 * FL*, the alternative of the paper's appendix A, eq. 7 and 8.
 *
 * ```latex
 * \mathrm{FL}^{*}(x, y) = \frac{\mathrm{softplus}(-(\gamma z + \beta))}{\gamma} \;=\; -\frac{\log p_t^{*}}{\gamma}
 * \quad\text{with}\quad z = (2y - 1)\,x,\quad p_t^{*} = \sigma(\gamma z + \beta)
 * ```
 *
 * - **Parameters**: γ > 0 sets the steepness, β the shift; the paper plots (γ, β) = (2, 1) and (4, 0).
 * - **Shapes**: elementwise; `x` any finite logit, `y` in [0, 1].
 * - **Properties**: convex in x; slope in [−1, 0] against the margin z. FL*(γ = 1, β = 0) is cross-entropy.
 * - **Gradient** (eq. 11): y(p_t* − 1) for y = ±1.
 * - **Pitfalls**: γ = 0 divides by zero and is refused. In the tail the result is e^(−γz−β): a rounding error of the
 *   argument γz + β becomes a relative error of the loss, which is why it is an {@link Ops.affine}.
 */
export const focalStar = /* @__PURE__ */ member({
  key: 'focalStar',
  labels: 'alike',
  params: { gamma: { default: 2, min: 0, exclusive: true }, beta: { default: 1 } },
  links: ['sigmoid', 'softmax'],
  formula: (o, x, y, { gamma, beta }) => o.div(o.softplus(o.neg(o.affine(gamma, signed(o, x, y), beta))), gamma),
});

/** (2y − 1)·x: the label gives a margin its sign, or shortens it if it is soft. What rounding takes is carried along. */
function signed<T>(o: Ops<T>, x: T, y: T): T {
  const hard = o.literal(y);
  if (hard === 1) return x;
  return hard === 0 ? o.neg(x) : o.affine(y, o.mul(o.constant(2), x), o.neg(x));
}
