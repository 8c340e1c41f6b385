import type { Input } from '../case.ts';
import { float16 } from '../float16.ts';
import { random } from '../random.ts';

/** What the cases about whole inputs are asked of: one sigmoid and one softmax loss. */
export interface Subject {
  readonly factory: string;
  /** The first `count` of one reproducible sequence of logits and targets. */
  readonly draw: (count: number) => Input;
  /** The target that is ignored. */
  readonly ignoreIndex: number;
  /** What the normalizer 'positives' needs to know. */
  readonly background: { readonly background?: number };
  /** How often 100 targets are repeated to make 10⁷ sigmoid losses, and 10⁶ rows. */
  readonly repeat: number;
}

/** Draws few positives, as detection has them, but some among the first eight. */
const seed = 15;

/** A logit in [−8, 8). */
const logit = (next: () => number) => float16(next() * 16 - 8);

const sigmoid: Subject = {
  factory: 'sigmoidFocal',
  draw(count) {
    const next = random(seed);
    const drawn = Array.from({ length: count }, () => ({ x: logit(next), y: next() < 0.25 ? 1 : 0 }));
    return { logits: drawn.map(({ x }) => x), targets: drawn.map(({ y }) => y) };
  },
  ignoreIndex: -1,
  background: {},
  repeat: 2e4,
};

const classes = 3;

const softmax: Subject = {
  factory: 'softmaxFocal',
  draw(count) {
    const next = random(seed);
    const drawn = Array.from({ length: count }, () => ({
      row: Array.from({ length: classes }, () => logit(next)),
      target: Math.floor(next() * classes),
    }));
    return {
      logits: drawn.flatMap(({ row }) => row),
      targets: drawn.map(({ target }) => target),
      shape: [count, classes],
    };
  },
  ignoreIndex: 255,
  background: { background: 0 },
  repeat: 2e3,
};

export const subjects: readonly Subject[] = [sigmoid, softmax];

/** With weights, a zero among them. */
export const weighted = (input: Input): Input => ({
  ...input,
  weights: input.targets.map((_, i) => [1, 0.5, 3, 0, 0.125][i % 5]),
});

/** With every n-th target replaced by the one that is ignored. */
export const ignoring = ({ ignoreIndex }: Subject, input: Input, n: number): Input => ({
  ...input,
  targets: input.targets.map((target, i) => (i % n === 0 ? ignoreIndex : target)),
});

/** The same with a logit of each ignored target not a number. */
export const poisoned = ({ ignoreIndex }: Subject, input: Input): Input => {
  const width = input.logits.length / input.targets.length;
  const isIgnored = (i: number) => i % width === 0 && input.targets[i / width] === ignoreIndex;
  return { ...input, logits: input.logits.map((x, i) => (isIgnored(i) ? Number.NaN : x)) };
};
