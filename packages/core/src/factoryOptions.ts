/**
 * The options of each factory, as an editor shows them: one interface a factory, every field with what it takes and its
 * default. What is checked when a program runs are the parameters of `formulas`; a test holds one to the other.
 */
import type { CommonOptions, Reduction, SigmoidOptions, SoftmaxOptions } from './loss.ts';

/** What focal loss takes beside what every loss takes. */
export interface FocalParameters {
  /**
   * γ ≥ 0, how far easy examples are turned down: by (1 − p_t)^γ. 0 is cross-entropy; the paper finds 0.5 to 5 good and 2 best.
   * Default 2.
   */
  gamma?: number;
}

/** What FL* takes beside what every loss takes. */
export interface FocalStarParameters {
  /** γ > 0, the steepness. Default 2. */
  gamma?: number;
  /** β, the shift. Default 1. */
  beta?: number;
}

/** What PolyLoss takes beside what every loss takes. */
export interface PolyParameters {
  /** ε ≥ −1, how much of the leading polynomial term is added. 0 is focal loss. Default 1. */
  epsilon?: number;
  /** γ ≥ 0 of the focal loss that it is added to; 0 is cross-entropy. Default 0. */
  gamma?: number;
}

/** Options of `sigmoidCrossEntropy`. */
export interface SigmoidCrossEntropyOptions<R extends Reduction = Reduction> extends SigmoidOptions<R> {}

/** Options of `softmaxCrossEntropy`. */
export interface SoftmaxCrossEntropyOptions<R extends Reduction = Reduction> extends SoftmaxOptions<R> {}

/** Options of `sigmoidFocal`. */
export interface SigmoidFocalOptions<R extends Reduction = Reduction> extends FocalParameters, SigmoidOptions<R> {}

/** Options of `softmaxFocal`. */
export interface SoftmaxFocalOptions<R extends Reduction = Reduction> extends FocalParameters, SoftmaxOptions<R> {}

/** Options of `sigmoidFocalStar`. */
export interface SigmoidFocalStarOptions<R extends Reduction = Reduction>
  extends FocalStarParameters,
    SigmoidOptions<R> {}

/** Options of `softmaxFocalStar`. */
export interface SoftmaxFocalStarOptions<R extends Reduction = Reduction>
  extends FocalStarParameters,
    SoftmaxOptions<R> {}

/** Options of `sigmoidPoly`. */
export interface SigmoidPolyOptions<R extends Reduction = Reduction> extends PolyParameters, SigmoidOptions<R> {}

/** Options of `softmaxPoly`. */
export interface SoftmaxPolyOptions<R extends Reduction = Reduction> extends PolyParameters, SoftmaxOptions<R> {}

/** Options of `qualityFocal`. It has no α. */
export interface QualityFocalOptions<R extends Reduction = Reduction> extends CommonOptions<R> {
  /** β ≥ 0, the power of |y − σ(x)|. 0 is cross-entropy. Default 2. */
  beta?: number;
}

/** Options of `varifocal`. */
export interface VarifocalOptions<R extends Reduction = Reduction> extends CommonOptions<R> {
  /** α ≥ 0, by which negatives are multiplied, and only they. Default 0.75. */
  alpha?: number;
  /** γ ≥ 0, the power of σ(x) in the weight of negatives. Default 2. */
  gamma?: number;
  /** Whether positives are weighted by their quality; they weigh 1 otherwise. Default true. */
  iouWeighted?: boolean;
  /** Whether the weight σ(x)^γ of negatives is held fixed, as RT-DETR and D-FINE have it. The value is the same. Default false. */
  detach?: boolean;
}

/** Options of `asymmetric`. */
export interface AsymmetricOptions<R extends Reduction = Reduction> extends SigmoidOptions<R> {
  /** γ₊ ≥ 0, of positives. Default 1. */
  gammaPositive?: number;
  /** γ₋ ≥ 0, of negatives. Default 4. */
  gammaNegative?: number;
  /** In [0, 1]: a probability below which a negative adds nothing. Default 0.05. */
  margin?: number;
  /** Whether the powers are weights held fixed, as in the official code. The value is the same. Default false. */
  detach?: boolean;
}

/** Options of `gaussianFocal`. */
export interface GaussianFocalOptions<R extends Reduction = Reduction> extends CommonOptions<R> {
  /** α ≥ 0, the power of the probability: what other focal losses call γ. It balances nothing. Default 2. */
  alpha?: number;
  /** β ≥ 0, the power of 1 − y by which negatives near a centre are turned down. Default 4. */
  beta?: number;
}

/** Options of `iouAwareCrossEntropy`. */
export interface IouAwareCrossEntropyOptions<R extends Reduction = Reduction> extends CommonOptions<R> {
  /** α in [0, 1], the share of the score in a positive's target σ(x)^α·y^(1−α). It balances nothing. Default 0.25. */
  alpha?: number;
  /** γ ≥ 0, the power of σ(x) in the weight of negatives. Default 2. */
  gamma?: number;
  /** In [0, 1], the least target of a positive. Default 0.01. */
  floor?: number;
  /** ≥ 0, by which positives are multiplied. Default 1. */
  positiveWeight?: number;
}

/** Options of `matchabilityAware`. */
export interface MatchabilityAwareOptions<R extends Reduction = Reduction> extends CommonOptions<R> {
  /** γ ≥ 0, the power of a positive's IoU in its target, and of σ(x) in the weight of negatives. Default 1.5. */
  gamma?: number;
  /** α ≥ 0, by which negatives are multiplied, and only they. Default 1. */
  alpha?: number;
}

/** Options of `distributionFocal`. Labels are not smoothed, since targets are places. */
export interface DistributionFocalOptions<R extends Reduction = Reduction>
  extends Omit<SoftmaxOptions<R>, 'labelSmoothing' | 'background'> {}
