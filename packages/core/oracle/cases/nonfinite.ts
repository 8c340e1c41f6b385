import type { Case, Input, LossSpec, VectorFile } from '../case.ts';
import { solve } from '../evaluate.ts';
import { elementwise, sigmoidLosses, softmaxLosses, spell } from './losses.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

const ask = (loss: LossSpec, what: string, input: Input): Case =>
  solve(`${spell(loss)}/nonfinite/${what}`, 'nonfinite', elementwise(loss), input);

/** The neighbours of a logit that is not a number are not its business. */
const elements = {
  nan: { logits: [1, nan, -2, nan], targets: [1, 0, 0, 1] },
  infinite: { logits: [infinity, infinity, -infinity, -infinity, 0.5], targets: [0, 1, 0, 1, 1] },
};

/** A class masked by −∞ has no share in anything; as the target it is infinitely wrong. */
const rows = {
  nan: { logits: [1, 2, 3, 1, nan, 3, nan, 2, 3], targets: [0, 0, 0], shape: [3, 3] },
  masked: { logits: [1, -infinity, 3, -infinity, -infinity, 2, -infinity, 0.5, -3], targets: [0, 2, 1], shape: [3, 3] },
  'masked-target': { logits: [-infinity, 1, 2, -infinity, 0, -infinity], targets: [0, 2], shape: [2, 3] },
  infinite: { logits: [infinity, 1, 2, 1, infinity, 2], targets: [0, 0], shape: [2, 3] },
};

export const nonfinite: VectorFile = {
  title: 'Logits that are not finite: NaN stays NaN, and ±∞ gives the limit',
  cases: () => [
    ...sigmoidLosses.flatMap((loss) => Object.entries(elements).map(([what, input]) => ask(loss, what, input))),
    ...softmaxLosses.flatMap((loss) => Object.entries(rows).map(([what, input]) => ask(loss, what, input))),
    ask({ factory: 'sigmoidFocal', options: { alpha: 0.25 } }, 'infinite', elements.infinite),
    ask({ factory: 'softmaxFocal', options: { alpha: [0.25, 0.5, 2] } }, 'masked-target', rows['masked-target']),
  ],
};
