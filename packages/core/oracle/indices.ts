import type { Input } from './case.ts';

/** Where what lies, of an input of any rank: by indices along each axis, as one would count them by hand. */
export interface Indices {
  /** Losses there are. */
  readonly count: number;
  /** Whether targets are rows of probabilities. */
  readonly rows: boolean;
  /** The places of the logits that belong to the i-th target. */
  logits(i: number): readonly number[];
  /** The place of its weight. */
  weight(i: number): number;
  /** Which of the classes along the axis the i-th logit of a sigmoid is. */
  category(i: number): number;
  /** Which index along the first axis of the targets it has. */
  example(i: number): number;
  readonly examples: number;
}

export function indices(link: 'sigmoid' | 'softmax', input: Input): Indices {
  const { logits, targets, weights, axis = -1 } = input;
  const shape = input.shape ?? [logits.length];
  const along = (axis + shape.length) % Math.max(shape.length, 1);
  const ofTargets = link === 'softmax' ? shape.filter((_, k) => k !== along) : shape;
  const count = product(ofTargets);
  const weightsShape = input.weightsShape ?? (weights?.length === count ? ofTargets : [weights?.length ?? 1]);
  return {
    count,
    rows: link === 'softmax' && targets.length === logits.length,
    logits(i) {
      if (link === 'sigmoid') return [i];
      const at = counted(i, ofTargets);
      return Array.from({ length: shape[along] }, (_, c) =>
        place([...at.slice(0, along), c, ...at.slice(along)], shape),
      );
    },
    weight(i) {
      const at = counted(i, ofTargets).slice(ofTargets.length - weightsShape.length);
      return place(
        at.map((index, k) => (weightsShape[k] === 1 ? 0 : index)),
        weightsShape,
      );
    },
    category: (i) => counted(i, shape)[along],
    example: (i) => counted(i, ofTargets)[0] ?? 0,
    examples: ofTargets[0] ?? 1,
  };
}

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** The indices of the i-th entry. */
function counted(i: number, shape: readonly number[]): number[] {
  const at: number[] = [];
  let rest = i;
  for (const size of shape.toReversed()) {
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return at;
}

const place = (at: readonly number[], shape: readonly number[]) =>
  at.reduce((all, index, k) => all * shape[k] + index, 0);
