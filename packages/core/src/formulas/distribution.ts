import { ce } from './crossEntropy.ts';
import { member } from './member.ts';

/**
 * Distribution focal loss: a distance between whole numbers is learnt as a distribution over them, through the two
 * classes beside it. X. Li et al., "Generalized Focal Loss", NeurIPS 2020, eq. 6.
 *
 * ```latex
 * \mathrm{DFL}(x, y) = -(i + 1 - y)\log S_i - (y - i)\log S_{i+1}
 * \quad\text{with}\quad i = \lfloor y \rfloor,\quad S = \mathrm{softmax}(x)
 * ```
 *
 * At a softmax only: −log S_c is the cross-entropy at the margin of class c, and the two classes are weighted by nearness.
 *
 * - **Shapes**: rows of logits; `y` a place in [0, classes − 1], one a row.
 * - **Properties**: convex. A whole number is a class index, its loss softmax cross-entropy. The slope is softmax − weights.
 * - **Pitfalls**: y = classes − 1 has no class to its right; implementations that read it anyway read past the row, or
 *   clamp y to classes − 1.01 and learn another distance.
 */
export const distribution = /* @__PURE__ */ member({
  key: 'distribution',
  labels: 'alike',
  params: {},
  links: ['softmax'],
  targets: 'place',
  formula: (o, x, y) => ce(o, x, y),
});
