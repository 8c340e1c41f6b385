import type {
  AsymmetricOptions,
  DistributionFocalOptions,
  GaussianFocalOptions,
  IouAwareCrossEntropyOptions,
  MatchabilityAwareOptions,
  QualityFocalOptions,
  SigmoidCrossEntropyOptions,
  SigmoidFocalOptions,
  SigmoidFocalStarOptions,
  SigmoidPolyOptions,
  SoftmaxCrossEntropyOptions,
  SoftmaxFocalOptions,
  SoftmaxFocalStarOptions,
  SoftmaxPolyOptions,
  VarifocalOptions,
} from './factoryOptions.ts';
import {
  crossEntropy,
  distribution,
  focal,
  focalStar,
  asymmetric as ofAsymmetric,
  gaussianFocal as ofGaussianFocal,
  iouAwareCrossEntropy as ofIouAware,
  matchabilityAware as ofMatchability,
  varifocal as ofVarifocal,
  poly,
  qualityFocal as quality,
} from './formulas/index.ts';
import type { Loss, Reduction } from './loss.ts';
import { factory } from './loss.ts';

/**
 * Cross-entropy of each logit on its own, and with `alpha` the paper's α-balanced cross-entropy (eq. 3).
 * Logits any shape, targets of the same shape in [0, 1]. Formula: {@link crossEntropy}.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const sigmoidCrossEntropy: <R extends Reduction = 'mean'>(
  options?: SigmoidCrossEntropyOptions<R>,
) => Loss<NoInfer<R>> = /* @__PURE__ */ factory(crossEntropy, 'sigmoid', 'sigmoidCrossEntropy');

/**
 * Cross-entropy of rows of logits. Logits [rows, classes] with at least 2 classes, targets [rows] class indices or [rows, classes] probabilities.
 * Formula: {@link crossEntropy} at the margin.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const softmaxCrossEntropy: <R extends Reduction = 'mean'>(
  options?: SoftmaxCrossEntropyOptions<R>,
) => Loss<NoInfer<R>> = /* @__PURE__ */ factory(crossEntropy, 'softmax', 'softmaxCrossEntropy');

/**
 * Focal loss of each logit on its own (paper eq. 4, 5): γ (default 2) ≥ 0, optional α in [0, 1].
 * Logits any shape, targets of the same shape in [0, 1]. Formula: {@link focal}.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const sigmoidFocal: <R extends Reduction = 'mean'>(options?: SigmoidFocalOptions<R>) => Loss<NoInfer<R>> =
  /* @__PURE__ */ factory(focal, 'sigmoid', 'sigmoidFocal');

/**
 * Focal loss of rows of logits: γ (default 2) ≥ 0, optionally one α a class. Logits [rows, classes] with at least 2
 * classes, targets [rows] class indices or [rows, classes] probabilities. Formula: {@link focal} at the margin.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const softmaxFocal: <R extends Reduction = 'mean'>(options?: SoftmaxFocalOptions<R>) => Loss<NoInfer<R>> =
  /* @__PURE__ */ factory(focal, 'softmax', 'softmaxFocal');

/**
 * FL* of each logit on its own (paper eq. 7, 8): γ (default 2) > 0, β (default 1), optional α in [0, 1].
 * Logits any shape, targets of the same shape in [0, 1]. Formula: {@link focalStar}.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const sigmoidFocalStar: <R extends Reduction = 'mean'>(
  options?: SigmoidFocalStarOptions<R>,
) => Loss<NoInfer<R>> = /* @__PURE__ */ factory(focalStar, 'sigmoid', 'sigmoidFocalStar');

/**
 * FL* of rows of logits: γ (default 2) > 0, β (default 1), optionally one α a class. Logits [rows, classes] with at
 * least 2 classes, targets [rows] class indices or [rows, classes] probabilities. Formula: {@link focalStar} at the margin.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const softmaxFocalStar: <R extends Reduction = 'mean'>(
  options?: SoftmaxFocalStarOptions<R>,
) => Loss<NoInfer<R>> = /* @__PURE__ */ factory(focalStar, 'softmax', 'softmaxFocalStar');

/**
 * Quality focal loss of each logit on its own: β (default 2) ≥ 0, targets a quality in [0, 1] such as an IoU. It has
 * no α, as in its paper (Li et al. 2020, eq. 2). Formula: {@link quality}.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const qualityFocal: <R extends Reduction = 'mean'>(options?: QualityFocalOptions<R>) => Loss<NoInfer<R>> =
  /* @__PURE__ */ factory(quality, 'sigmoid', 'qualityFocal', { without: ['alpha'] });

/**
 * PolyLoss of each logit on its own: ε (default 1) ≥ −1, γ (default 0) ≥ 0, optional α in [0, 1]. Logits any shape, targets of
 * the same shape in [0, 1]. Formula: {@link poly} (Leng et al. 2022, eq. 7).
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const sigmoidPoly: <R extends Reduction = 'mean'>(options?: SigmoidPolyOptions<R>) => Loss<NoInfer<R>> =
  /* @__PURE__ */ factory(poly, 'sigmoid', 'sigmoidPoly');

/**
 * PolyLoss of rows of logits: ε (default 1) ≥ −1, γ (default 0) ≥ 0, optionally one α a class. Logits [rows, classes] with
 * at least 2 classes, targets [rows] class indices or [rows, classes] probabilities. Formula: {@link poly} at the margin.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const softmaxPoly: <R extends Reduction = 'mean'>(options?: SoftmaxPolyOptions<R>) => Loss<NoInfer<R>> =
  /* @__PURE__ */ factory(poly, 'softmax', 'softmaxPoly');

/**
 * Varifocal loss of each logit on its own: α (default 0.75) on negatives alone, γ (default 2), `iouWeighted` (default true),
 * `detach` (default false). Targets a quality in [0, 1], 0 for negatives. Formula: {@link ofVarifocal} (Zhang et al. 2021, eq. 2).
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const varifocal: <R extends Reduction = 'mean'>(options?: VarifocalOptions<R>) => Loss<NoInfer<R>> =
  /* @__PURE__ */ factory(ofVarifocal, 'sigmoid', 'varifocal', { flags: ['iouWeighted', 'detach'] });

/**
 * Asymmetric loss (ASL) of each logit on its own: `gammaPositive` (default 1), `gammaNegative` (default 4), `margin` (default
 * 0.05), `detach` (default false), optional α in [0, 1]. Targets in [0, 1]. Formula: {@link ofAsymmetric} (Ben-Baruch et al. 2021,
 * eq. 7).
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const asymmetric: <R extends Reduction = 'mean'>(options?: AsymmetricOptions<R>) => Loss<NoInfer<R>> =
  /* @__PURE__ */ factory(ofAsymmetric, 'sigmoid', 'asymmetric', { flags: ['detach'] });

/**
 * Gaussian focal loss of heat maps: α (default 2), the power of the probability, β (default 4), that of the distance from a
 * centre. Targets a heat in [0, 1], exactly 1 at centres, which normalizer `'positives'` counts. Formula: {@link ofGaussianFocal}
 * (Law and Deng 2018, eq. 1).
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const gaussianFocal: <R extends Reduction = 'mean'>(options?: GaussianFocalOptions<R>) => Loss<NoInfer<R>> =
  /* @__PURE__ */ factory(ofGaussianFocal, 'sigmoid', 'gaussianFocal');

/**
 * IoU-aware cross-entropy of each logit on its own: α (default 0.25), γ (default 2), `floor` (default 0.01), `positiveWeight`
 * (default 1). Targets an IoU in [0, 1], 0 for negatives. Formula: {@link ofIouAware} (Cai et al. 2024, eq. 4).
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const iouAwareCrossEntropy: <R extends Reduction = 'mean'>(
  options?: IouAwareCrossEntropyOptions<R>,
) => Loss<NoInfer<R>> = /* @__PURE__ */ factory(ofIouAware, 'sigmoid', 'iouAwareCrossEntropy');

/**
 * Matchability-aware loss (MAL) of each logit on its own: γ (default 1.5), α (default 1) on negatives alone. Targets an IoU in
 * [0, 1], 0 for negatives. Formula: {@link ofMatchability} (Huang et al. 2025, eq. 3).
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const matchabilityAware: <R extends Reduction = 'mean'>(
  options?: MatchabilityAwareOptions<R>,
) => Loss<NoInfer<R>> = /* @__PURE__ */ factory(ofMatchability, 'sigmoid', 'matchabilityAware');

/**
 * Distribution focal loss of rows of logits. Logits [rows, classes] with at least 2 classes, targets [rows] places in
 * [0, classes − 1], whole or between two classes. Formula: {@link distribution} (Li et al. 2020, eq. 6).
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const distributionFocal: <R extends Reduction = 'mean'>(
  options?: DistributionFocalOptions<R>,
) => Loss<NoInfer<R>> = /* @__PURE__ */ factory(distribution, 'softmax', 'distributionFocal', {
  without: ['labelSmoothing', 'background'],
});
