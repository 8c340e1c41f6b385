/**
 * What each clause of the golden vectors promises, in the order of reports. A name ending in `.*` speaks for every
 * clause of that group that has no line of its own.
 */
export const statements: Readonly<Record<string, string>> = {
  'operations.*': 'this operation, alone and differentiated, is accurate over its whole domain',
  'values.*': 'hard labels: value and gradient are accurate, both tails included',
  alpha: 'α multiplies positives by α and negatives by 1−α, and softmax rows by the weight of their class',
  'soft-labels': 'targets between 0 and 1: value and gradient are accurate relative to their terms',
  'softmax.*': 'a softmax is the sigmoid formula at the margin, however many classes and however far apart',
  'soft-rows': 'rows of probabilities: Σ y_c·f(z_c), value and gradient, however far apart the logits are',
  places: 'a place between two classes is weighted by nearness, the last class included',
  'label-smoothing': 'smoothed labels keep all digits of y and of 1 − y',
  axis: 'classes lie along any axis of logits of any rank',
  'alpha-classes': 'one α per class multiplies positives by α and negatives by 1−α of their class',
  'weights-broadcast': "weights broadcast to the targets as NumPy's arrays do",
  examples: 'one sum for each index of the first axis, each with its own gradient',
  reductions: "'none', 'sum' and 'mean' reduce over all entries",
  normalizers: "'mean' divides by what the normalizer names, positives never by less than 1",
  ignore: 'an ignored entry adds nothing to value, gradient or denominator',
  weights: 'a weight multiplies its entry',
  empty: 'of no entries the sum is 0 and the mean is 0, never 0/0',
  single: 'one entry alone is an input like any other',
  sizes: 'every entry is read, whatever the length is a multiple of',
  'large-sums': 'millions of terms keep 6 digits',
  nonfinite: 'a NaN logit makes its entry NaN, an infinite one gives the limit',
  'bad-targets': 'a target that is neither in [0, 1] nor a class never becomes a number silently',
  'bad-weights': 'a weight that is negative or not a number never becomes a number silently',
  hess: 'the diagonal of the second derivatives is accurate relative to its terms, all options at once',
  posterior:
    'the probability that the minimum of a loss stands for, α included, from 1e-30 on; of a loss whose minimum tells none an error, or NaN',
  published: 'figures printed by the paper and by other implementations come out again',
};

/** The line that speaks for a clause. */
export function statementOf(clause: string): string | undefined {
  return statements[clause] ?? statements[groupPattern(clause)];
}

/** Where a clause stands in reports; clauses without a statement come last. */
export function rank(clause: string): number {
  const keys = Object.keys(statements);
  const own = keys.indexOf(clause);
  const place = own >= 0 ? own : keys.indexOf(groupPattern(clause));
  return place >= 0 ? place : keys.length;
}

/** `'values'` of `'values.tails'`. */
export function groupOf(clause: string): string {
  return clause.split('.')[0];
}

const groupPattern = (clause: string) => `${groupOf(clause)}.*`;
