/** The order in which a reader meets the names of a package, told by the files they come from. */

/** A heading of a page of the reference. */
export interface Group {
  readonly title: string;
  readonly says: string;
  /** Source files of core, without their ending. */
  readonly files: readonly string[];
}

/** Of core, for its users. What none of them has is for adapters, on a page of its own. */
export const groups: readonly Group[] = [
  {
    title: 'Losses',
    says: 'Factories: each takes options, all of them optional, and returns a loss for any adapter.',
    files: ['factories'],
  },
  {
    title: 'More ways to a loss',
    says: 'The losses of other projects, a loss of your own, and one that comes as data.',
    files: ['presets', 'data', 'loss', 'errors'],
  },
  {
    title: 'Evaluate',
    says: 'In float64, with code made for reading; an adapter is faster.',
    files: ['reference', 'inputs'],
  },
  {
    title: 'Probabilities',
    says: 'What a logit means once a model was trained, and how well probabilities hold.',
    files: ['calibration', 'posterior'],
  },
  {
    title: 'Start a training',
    says: 'The bias of the last layer, weights of classes, and what a change of loss does to the gradient.',
    files: ['priors', 'compareScale'],
  },
  {
    title: 'Formulas and their algebra',
    says: 'What a formula is written in, and what can be done with one.',
    files: ['ops', 'numbers', 'dual', 'latex', 'member'],
  },
];

/** What lies in those files and yet is for adapters. */
const forAdapters = new Set([
  ...[
    'checkLoss',
    'factory',
    'Factory',
    'LinkOptions',
    'alphaProblems',
    'callOptions',
    'isArray',
    'isShape',
    'Layout',
    'layout',
  ],
  ...[
    'layoutOfLogits',
    'overlaps',
    'shapeOf',
    'weightsOf',
    'checkTold',
    'logBalance',
    'PosteriorInputs',
    'posteriorLayout',
    'posteriorLogits',
  ],
]);

/** The group of a name of core that a user meets; undefined for what is for adapters. */
export const groupOf = (name: string, file: string): Group | undefined =>
  forAdapters.has(name) ? undefined : groups.find(({ files }) => files.includes(file));
