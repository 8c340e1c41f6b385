/** What logits of held-out windows are worth, at the share of positives that a task has. */
import { FocalLossError, type Loss, numbers } from '@focal-loss/core';
import { compile } from '@focal-loss/typed-array';

export interface Logits {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

export interface Figures {
  /** Average precision. */
  readonly ap: number;
  /** The share of positives found at the threshold that lets one false alarm in ten scenes through. */
  readonly recall: number;
  /** Expected calibration error of σ(x), and of the posterior; null if the loss has none. */
  readonly ece: { readonly sigma: number; readonly posterior: number | null };
}

/**
 * The mean, over the positives, of the precision among what scores as high. Each negative counts `weight` times: that is the average
 * precision where negatives are so much more frequent than here. Of equal scores, the positives come last.
 */
export function averagePrecision({ positives, negatives }: Logits, weight: number): number {
  const [yes, no] = [positives.slice().sort().reverse(), negatives.slice().sort().reverse()];
  let [sum, above] = [0, 0];
  for (let k = 0; k < yes.length; k++) {
    // Of positives with the same score, each is found together with the others.
    while (above < no.length && no[above] >= yes[k]) above++;
    sum += (k + 1) / (k + 1 + weight * above);
  }
  return sum / yes.length;
}

/** The share of positives above the logit that `rate` of the negatives exceed. */
export function recallAt({ positives, negatives }: Logits, rate: number): number {
  const threshold = negatives.slice().sort()[Math.ceil(negatives.length * (1 - rate)) - 1];
  return positives.reduce((sum, x) => sum + Number(x > threshold), 0) / positives.length;
}

/** The expected calibration error in bins of equal width (Guo et al. 2017, eq. 3), negatives counting `weight` times. */
export function weightedCalibrationError({ positives, negatives }: Logits, weight: number, bins = 15): number {
  const gaps = new Float64Array(bins);
  const add = (all: Float64Array, label: number, each: number) => {
    for (const p of all) gaps[Math.min(Math.floor(p * bins), bins - 1)] += each * (p - label);
  };
  add(positives, 1, 1);
  add(negatives, 0, weight);
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / (positives.length + weight * negatives.length);
}

/** The probabilities that the logits of a loss stand for, unless it tells none. */
function posteriorOf(loss: Loss): ((logits: Float64Array) => Float64Array) | undefined {
  const { posterior } = compile(loss, { engine: 'javascript' });
  try {
    posterior(new Float64Array(1));
  } catch (error) {
    if (error instanceof FocalLossError) return undefined;
    throw error;
  }
  return (logits) => posterior(logits) as Float64Array;
}

/** How often each negative counts so that there are `ratio` of them for each positive. */
export const weightOf = ({ positives, negatives }: Logits, ratio: number): number =>
  (ratio * positives.length) / negatives.length;

/** All figures; `ratio` is the number of negatives for each positive, `alarms` the false alarms among a negative's chances. */
export function figuresOf(loss: Loss, logits: Logits, ratio: number, alarms: number): Figures {
  const weight = weightOf(logits, ratio);
  const read = (by: (all: Float64Array) => Float64Array) =>
    weightedCalibrationError({ positives: by(logits.positives), negatives: by(logits.negatives) }, weight);
  const eta = posteriorOf(loss);
  return {
    ap: averagePrecision(logits, weight),
    recall: recallAt(logits, alarms),
    ece: { sigma: read((all) => all.map((x) => numbers.sigmoid(x))), posterior: eta === undefined ? null : read(eta) },
  };
}
