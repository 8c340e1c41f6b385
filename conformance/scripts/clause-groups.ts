import { matches } from '../src/select.ts';

/** Clauses that belong together for who reads them, in the reader's words. */
export interface Group {
  readonly title: string;
  readonly about: string;
  /** Clauses by id; `*` stands for anything. The first group that fits has a clause. */
  readonly patterns: readonly string[];
}

/** The page of clauses in order. */
export const groups: readonly Group[] = [
  {
    title: 'The loss of one logit',
    about: 'Value and gradient are right at every logit and label, both tails included, whatever the parameters are.',
    patterns: [
      'values.*',
      'soft-labels',
      'alpha',
      'published',
      'hard-examples.*',
      'laws.gamma-zero',
      'laws.below-cross-entropy',
      'laws.flip',
      'laws.alpha',
      'laws.gradient',
    ],
  },
  {
    title: 'Rows of logits',
    about:
      'A softmax is the same loss at the margin of a row, however many classes there are and however far apart they are.',
    patterns: ['softmax.*', 'soft-rows', 'places', 'many-classes', 'laws.two-classes'],
  },
  {
    title: 'Options of losses and calls',
    about: 'What can be asked for beside the loss itself.',
    patterns: ['label-smoothing', 'axis', 'alpha-classes', 'weights-broadcast', 'examples'],
  },
  {
    title: 'Many entries',
    about: 'What becomes of an entry does not depend on the others, and what is made of all of them keeps its digits.',
    patterns: [
      ...['reductions', 'normalizers', 'ignore', 'weights', 'empty', 'single', 'sizes', 'large-sums', 'tiny-means'],
      ...['laws.permutation', 'laws.ignore', 'laws.weights', 'laws.parts', 'laws.mean', 'laws.sizes', 'laws.shapes'],
      ...['many-entries', 'equal-terms', 'random.sizes', 'random.large'],
    ],
  },
  {
    title: 'NaN, infinity and bad input',
    about: 'Nothing that is no number, or no label, becomes a number silently, and nothing else suffers from it.',
    patterns: ['nonfinite', 'bad-*', 'random.nonfinite', 'random.bad-input'],
  },
  {
    title: 'Second derivatives and probabilities',
    about: 'For those that have these parts.',
    patterns: ['hess', 'posterior'],
  },
  {
    title: 'Everything at once',
    about:
      'Calls that nobody wrote down, drawn from a seed that the report names, against the reference of core: what vectors cannot foresee.',
    patterns: ['random', 'random.options', 'random.far', 'random.custom'],
  },
  {
    title: 'Calls',
    about: 'What holds of calls, whatever they compute: nothing of one is seen in another.',
    patterns: ['calls.*', 'random.sequences'],
  },
  {
    title: 'Operations',
    about: 'Each operation that formulas are made of, alone: where one of them is wrong, every loss made of it is.',
    patterns: ['operations.*'],
  },
];

/** The group of a clause. */
export function groupOf(id: string): Group {
  const found = groups.find(({ patterns }) => patterns.some((pattern) => matches(pattern, id)));
  if (found === undefined) throw new Error(`the clause ${id} belongs to no group of scripts/clause-groups.ts`);
  return found;
}
