import { FocalLossError } from './errors.ts';
import {
  asymmetric,
  gaussianFocal,
  iouAwareCrossEntropy,
  matchabilityAware,
  qualityFocal,
  sigmoidFocal,
  softmaxFocal,
  varifocal,
} from './factories.ts';
import type { Loss } from './loss.ts';
import { checkOptions, integer } from './options.ts';

/** Keras multiplies every class by one α; here each class has its own. */
function kerasCategorical(options: { classes: number }): Loss<'mean'> {
  const takes = 'an integer ≥ 2';
  const accepts = (got: unknown) => integer(got) && got >= 2;
  const { classes } = checkOptions('presets.kerasCategorical', options, { classes: { takes, accepts } });
  if (classes === undefined) {
    throw new FocalLossError('presets.kerasCategorical', [{ field: 'classes', got: classes, takes }]);
  }
  return softmaxFocal({ gamma: 2, alpha: new Array<number>(classes as number).fill(0.25) });
}

/**
 * Losses as other projects compute them by default: α, reduction, soft labels and what is held fixed. All take logits. Tested
 * against figures that the projects' own code printed; where that code clips probabilities, these do not.
 *
 * Detectors divide by a number that their code passes at each call: the number of boxes, or `avg_factor`. It is passed at the call
 * here too, as `normalizer`. Without it a sigmoid preset divides by the number of logits.
 *
 * For another γ, α or reduction, change the data of a preset: `lossFrom({ ...presets.torchvision.toJSON(), reduction: 'mean' })`.
 *
 * @example
 * ```ts
 * const { value, grad } = reference(presets.rtdetr).valueAndGrad(logits, qualities, { normalizer: boxes });
 * ```
 */
export const presets = /* @__PURE__ */ Object.freeze({
  /**
   * torchvision 0.29, `ops.sigmoid_focal_loss` (fvcore's `sigmoid_focal_loss` has the same formula, with α off).
   *
   * - α = 0.25 multiplies positives, 0.75 negatives; off is `alpha=-1` there.
   * - Reduction `'none'`; its `'mean'` divides by all entries, as `'count'` does.
   * - Soft labels mix p_t and α_t linearly.
   */
  torchvision: /* @__PURE__ */ sigmoidFocal({ gamma: 2, alpha: 0.25, reduction: 'none' }),

  /**
   * Keras 3.15, `losses.BinaryFocalCrossentropy(from_logits=True)`.
   *
   * - α is off: the 0.25 of its signature acts only with `apply_class_balancing=True`, on positives.
   * - Divides by all entries.
   * - Soft labels mix p_t linearly. Its `label_smoothing` is `labelSmoothing` here.
   * - Keras clips probabilities to [1e-7, 1 − 1e-7]: beyond |x| = 16.1 its loss no longer grows.
   */
  kerasBinary: /* @__PURE__ */ sigmoidFocal({ gamma: 2 }),

  /**
   * Keras 3.15, `losses.CategoricalFocalCrossentropy(from_logits=True)`, for so many classes.
   *
   * - α = 0.25 multiplies every class, and so only scales the loss.
   * - Divides by the rows.
   * - Targets: Keras takes one-hot rows or rows of probabilities; class indices do as well here. A row y gives
   *   Σ y_c (1−p_c)^γ (−log p_c). Its `label_smoothing` is `labelSmoothing` here.
   * - Keras clips probabilities to [1e-7, 1 − 1e-7].
   *
   * @throws {@link FocalLossError} if `classes` is not an integer ≥ 2.
   */
  kerasCategorical,

  /**
   * mmdetection 2.28 and 3.3, `FocalLoss(use_sigmoid=True)`.
   *
   * - α = 0.25 multiplies positives, 0.75 negatives; there is no way to switch it off there.
   * - Divides by all entries, or by `avg_factor`, which heads always pass: pass `normalizer: avg_factor` at the call. (mmcv's own
   *   `sigmoid_focal_loss` divides by the rows.)
   * - Targets there are class indices with the background last, or one-hot rows; here one-hot. The `weight` of an anchor is
   *   `weights` with `weightsShape: [anchors, 1]`.
   */
  mmdetFocal: /* @__PURE__ */ sigmoidFocal({ gamma: 2, alpha: 0.25 }),

  /**
   * mmdetection 2.28 and 3.3, `QualityFocalLoss(beta=2.0)`.
   *
   * - No α.
   * - Adds over the classes, then divides by the rows, or by `avg_factor`, which heads always pass: pass `normalizer: avg_factor`
   *   (or the number of rows) at the call.
   * - Targets there are a class and a quality a row; here rows with the quality at the class and 0 elsewhere. An object of quality
   *   0 is a negative in both.
   */
  mmdetQuality: /* @__PURE__ */ qualityFocal({ beta: 2 }),

  /**
   * mmdetection 2.28 and 3.3, `VarifocalLoss()`.
   *
   * - α = 0.75 multiplies negatives, and only them; positives are multiplied by their quality. Nothing is held fixed.
   * - Divides by all entries, or by `avg_factor`: pass `normalizer: avg_factor` at the call.
   * - Targets are qualities, 0 for negatives.
   */
  mmdetVarifocal: /* @__PURE__ */ varifocal({ alpha: 0.75, gamma: 2 }),

  /**
   * mmdetection 2.28 and 3.3, `GaussianFocalLoss()`.
   *
   * - Its `alpha` is the power of the probability, as `alpha` is here; its `gamma` the power of 1 − y, `beta` here. Neither weighs
   *   positives against negatives.
   * - Divides by all entries, or by `avg_factor`. CenterNet's and CornerNet's heads pass the number of centres, at least 1, which is
   *   what `gaussianFocal({ normalizer: 'positives' })` counts by itself.
   * - Targets are heats, exactly 1 at centres.
   * - It takes probabilities, and adds 1e-12 before the logarithm; here are logits, and nothing is added.
   */
  mmdetGaussian: /* @__PURE__ */ gaussianFocal({ alpha: 2, beta: 4 }),

  /**
   * optax 0.2.8, `losses.sigmoid_focal_loss`.
   *
   * - α is off, `alpha=None`; given, it multiplies positives.
   * - Reduction `'none'`, the only one there.
   * - Soft labels mix p_t linearly.
   */
  optax: /* @__PURE__ */ sigmoidFocal({ gamma: 2, reduction: 'none' }),

  /**
   * RT-DETR, `SetCriterion.loss_labels_vfl` with the α and γ of its configuration files, as RT-DETRv2 has it; transformers 5.18,
   * `RTDetrLoss`.
   *
   * - α = 0.75 multiplies negatives, and only them. (The default of the class is 0.2, and no configuration keeps it.)
   * - The weight σ(x)^γ of negatives is held fixed.
   * - Divides by the number of boxes: pass `normalizer: num_boxes` at the call.
   * - Targets are the IoU of a match at its class, 0 elsewhere. A match of IoU exactly 0 adds nothing there and is a negative
   *   here: give it a tiny IoU, such as 1e-9.
   */
  rtdetr: /* @__PURE__ */ varifocal({ alpha: 0.75, gamma: 2, detach: true }),

  /**
   * D-FINE, `DFINECriterion.loss_labels_vfl` with the α and γ of its configuration files; transformers 5.18, `DFineLoss`. The
   * same loss as `presets.rtdetr`.
   *
   * - α = 0.75 multiplies negatives, and only them; their weight is held fixed.
   * - Divides by the number of boxes: pass `normalizer: num_boxes` at the call.
   */
  dfine: /* @__PURE__ */ varifocal({ alpha: 0.75, gamma: 2, detach: true }),

  /**
   * DEIM and DEIMv2, `DEIMCriterion.loss_labels_mal` with the γ = 1.5 of its configuration files; transformers 5.18, `Deimv2Loss`,
   * whose γ is 2 unless `focal_loss_gamma=1.5` is given.
   *
   * - No α, `mal_alpha=None`; given, it multiplies negatives, and only them.
   * - The weight σ(x)^γ of negatives is held fixed.
   * - Divides by the number of boxes: pass `normalizer: num_boxes` at the call.
   * - Targets are the IoU of a match at its class, 0 elsewhere; the power γ is taken here. A match of IoU exactly 0 is a
   *   negative of weight 1 there and of weight σ(x)^γ here: give it a tiny IoU, such as 1e-9.
   */
  deim: /* @__PURE__ */ matchabilityAware({ gamma: 1.5 }),

  /**
   * RF-DETR 1.4, `SetCriterion.loss_labels` with `ia_bce_loss=True`, as it trains by default; transformers 5.18, `RfDetrImageLoss`, and
   * LW-DETR.
   *
   * - α = 0.25 is the share of the score in a positive's target σ(x)^α·IoU^(1−α), which is at least 0.01 and held fixed. It weighs
   *   nothing.
   * - The weight σ(x)² of negatives is not held.
   * - Divides by the number of boxes: pass `normalizer: num_boxes` at the call.
   * - Targets are the IoU of a match at its class, 0 elsewhere. A match of IoU exactly 0 is a positive with target 0.01 there: give it
   *   a tiny IoU here, such as 1e-9.
   */
  rfdetr: /* @__PURE__ */ iouAwareCrossEntropy({ alpha: 0.25, gamma: 2, floor: 0.01 }),

  /**
   * SAM 3, `IABCEMdetr` as its training configurations for detection have it: `pos_weight=10, alpha=0.25, gamma=2,
   * weak_loss=False` (the default of `gamma` is 0, and `pos_weight` has none; one configuration has 5).
   *
   * - As `presets.rfdetr`, with positives multiplied by 10.
   * - Divides by the number of queries, or by `pad_n_queries` for each image if there are fewer: pass
   *   `normalizer: pad_n_queries * images` at the call then.
   * - One logit a query; the rest of that class (presence, separate scales) is the caller's.
   */
  sam3: /* @__PURE__ */ iouAwareCrossEntropy({ alpha: 0.25, gamma: 2, floor: 0.01, positiveWeight: 10 }),

  /**
   * The official code of ASL (Alibaba-MIIL), `AsymmetricLoss()`; timm 1.0, `AsymmetricLossMultiLabel` with
   * `disable_torch_grad_focal_loss=True`.
   *
   * - No α; γ₊ = 1, γ₋ = 4, margin 0.05.
   * - The powers are weights held fixed. They are not in `AsymmetricLossOptimized`, nor by default in timm: `detach: false`. The
   *   official training script takes γ₊ = 0.
   * - Reduction `'sum'`: it adds everything up, and divides by nothing.
   * - Made for targets of 0 and 1. Between them the official code mixes γ and p_t, this one the two losses.
   * - It takes log max(p, 1e-8): a positive below x = −18.4 has no gradient there, and one near −1 here.
   */
  asl: /* @__PURE__ */ asymmetric({ gammaPositive: 1, gammaNegative: 4, margin: 0.05, detach: true, reduction: 'sum' }),
});
