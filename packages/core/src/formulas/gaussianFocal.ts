import { member } from './member.ts';

/**
 * Gaussian focal loss, the penalty-reduced focal loss of heat maps: targets fall off from 1 at an object's centre, and
 * negatives near a centre are forgiven. H. Law and J. Deng, "CornerNet", ECCV 2018, eq. 1; X. Zhou et al., "Objects as
 * Points", 2019, eq. 1.
 *
 * ```latex
 * \mathrm{GFL}(x, y) = \begin{cases} \sigma(-x)^{\alpha}\,\mathrm{softplus}(-x) & y = 1 \\
 * (1 - y)^{\beta}\,\sigma(x)^{\alpha}\,\mathrm{softplus}(x) & \text{otherwise} \end{cases}
 * ```
 *
 * - **Parameters**: α ≥ 0 (2) focuses; it is the γ of other focal losses, under the name it has in the papers. β ≥ 0 (4)
 *   says how fast a negative is forgiven near a centre.
 * - **Shapes**: elementwise; `x` any finite logit, `y` a heat in [0, 1], exactly 1 at centres.
 * - **Properties**: at y = 1 and y = 0 it is the focal loss of γ = α. Not continuous in y at 1: y = 0.999 is a negative.
 *   Not convex for α > 0. Values and slopes have one sign each.
 * - **Pitfalls**: both papers divide by the number of objects: normalizer `'positives'` counts the targets that are 1, at
 *   least 1, and does not add heats. Other implementations clip σ(x) to [1e-4, 1 − 1e-4], which takes the gradient from the hardest
 *   examples.
 */
export const gaussianFocal = /* @__PURE__ */ member({
  key: 'gaussianFocal',
  labels: 'apart',
  params: { alpha: { default: 2, min: 0, common: [2] }, beta: { default: 4, min: 0, common: [4] } },
  links: ['sigmoid'],
  positives: 'ones',
  formula: (o, x, y, { alpha, beta }) => {
    const one = o.constant(1);
    const positive = o.mul(o.pow(o.sigmoid(o.neg(x)), alpha), o.softplus(o.neg(x)));
    const negative = o.mul(o.pow(o.sigmoid(x), alpha), o.softplus(x));
    const distance = o.sub(one, y);
    return o.where(distance, o.mul(o.pow(distance, beta), negative), positive);
  },
});
