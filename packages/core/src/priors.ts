import { FocalLossError, type Problem } from './errors.ts';
import { isArray } from './inputs.ts';
import { checkOptions } from './options.ts';

const probability = (pi: unknown): Problem[] =>
  typeof pi === 'number' && pi > 0 && pi < 1 ? [] : [{ field: 'pi', got: pi, takes: 'a probability in (0, 1)' }];

function refuse(where: string, problems: Problem[]): void {
  if (problems.length > 0) throw new FocalLossError(where, problems);
}

/**
 * The bias that makes a new sigmoid output say "object" with probability π: −log((1−π)/π), paper §4.1 (the idea: §3.3).
 * For π = 0.01 it is −4.595. Without it the many negatives dominate the first steps of training.
 *
 * @throws {@link FocalLossError} if π is not in (0, 1).
 */
export function priorBias(pi: number): number {
  refuse('priorBias', probability(pi));
  return Math.log(pi) - Math.log1p(-pi);
}

/**
 * The bias of the background logit that makes a new softmax over `classes` object classes and a background, all other
 * biases 0, say "some object" with probability π: log(classes·(1−π)/π).
 *
 * @throws {@link FocalLossError} if π is not in (0, 1) or `classes` is not a positive integer.
 */
export function softmaxPriorBias(pi: number, classes: number): number {
  const problems = probability(pi);
  if (!(Number.isInteger(classes) && classes > 0)) {
    problems.push({ field: 'classes', got: classes, takes: 'a positive integer' });
  }
  refuse('softmaxPriorBias', problems);
  return Math.log(classes) + Math.log1p(-pi) - Math.log(pi);
}

/**
 * One weight a class from the number of its examples: (1−β)/(1−βⁿ), scaled to sum to the number of classes. Fits
 * `alpha` of a softmax loss. Cui et al., "Class-Balanced Loss Based on Effective Number of Samples", CVPR 2019, eq. 2.
 *
 * @param counts Examples of each class, each > 0.
 * @param options `beta` in [0, 1): 0 weighs all classes alike, values near 1 by inverse frequency.
 * @throws {@link FocalLossError} naming the count or β that does not fit.
 */
export function classBalancedWeights(counts: ArrayLike<number>, options: { readonly beta: number }): number[] {
  const where = 'classBalancedWeights';
  const problems: Problem[] = [];
  if (!isArray(counts)) problems.push({ field: 'counts', got: counts, takes: 'an array of numbers' });
  else {
    Array.from(counts).forEach((got, index) => {
      if (typeof got === 'number' && got > 0 && got < Infinity) return;
      problems.push({ field: 'counts', index, got, takes: 'a finite number > 0' });
    });
  }
  const accepts = (got: unknown) => typeof got === 'number' && got >= 0 && got < 1;
  const checks = { beta: { takes: 'a number in [0, 1)', accepts, required: true } };
  const { beta } = checkOptions(where, options ?? {}, checks, problems) as { readonly beta: number };
  // 1 − βⁿ cancels for β near 1 and few examples; expm1 does not.
  const raw = Array.from(counts, (n) => (1 - beta) / -Math.expm1(n * Math.log(beta)));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => (weight / total) * raw.length);
}
