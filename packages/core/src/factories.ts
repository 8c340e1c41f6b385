import { crossEntropy, focal, focalStar, qualityFocal as quality } from './formulas/index.ts';
import { factory } from './loss.ts';

/**
 * Cross-entropy of each logit on its own, and with `alpha` the paper's α-balanced cross-entropy (eq. 3).
 * Logits any shape, targets of the same shape in [0, 1]. Formula: {@link crossEntropy}.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const sigmoidCrossEntropy = factory(crossEntropy, 'sigmoid', 'sigmoidCrossEntropy');

/**
 * Cross-entropy of rows of logits. Logits [rows, classes] with at least 2 classes, targets [rows] class indices.
 * Formula: {@link crossEntropy} at the margin.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const softmaxCrossEntropy = factory(crossEntropy, 'softmax', 'softmaxCrossEntropy');

/**
 * Focal loss of each logit on its own (paper eq. 4, 5): γ (default 2) ≥ 0, optional α in [0, 1].
 * Logits any shape, targets of the same shape in [0, 1]. Formula: {@link focal}.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const sigmoidFocal = factory(focal, 'sigmoid', 'sigmoidFocal');

/**
 * Focal loss of rows of logits: γ (default 2) ≥ 0, optionally one α a class. Logits [rows, classes] with at least 2
 * classes, targets [rows] class indices. Formula: {@link focal} at the margin.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const softmaxFocal = factory(focal, 'softmax', 'softmaxFocal');

/**
 * FL* of each logit on its own (paper eq. 7, 8): γ (default 2) > 0, β (default 1), optional α in [0, 1].
 * Logits any shape, targets of the same shape in [0, 1]. Formula: {@link focalStar}.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const sigmoidFocalStar = factory(focalStar, 'sigmoid', 'sigmoidFocalStar');

/**
 * FL* of rows of logits: γ (default 2) > 0, β (default 1), optionally one α a class. Logits [rows, classes] with at
 * least 2 classes, targets [rows] class indices. Formula: {@link focalStar} at the margin.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const softmaxFocalStar = factory(focalStar, 'softmax', 'softmaxFocalStar');

/**
 * Quality focal loss of each logit on its own: β (default 2) ≥ 0, targets a quality in [0, 1] such as an IoU. It has
 * no α, as in its paper (Li et al. 2020, eq. 2). Formula: {@link quality}.
 *
 * @throws {@link FocalLossError} naming each bad option.
 */
export const qualityFocal = factory(quality, 'sigmoid', 'qualityFocal', ['alpha']);
