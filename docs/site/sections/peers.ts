/** How other implementations read the same words, in figures computed here from their formulas. */
import { qualityFocal, reference, sigmoidFocal } from '@focal-loss/core';
import { table } from '../../readme/table.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0);
const binaryCrossEntropy = (x: number, y: number) => y * softplus(-x) + (1 - y) * softplus(x);

type Pointwise = (x: number, y: number) => number;

const ours = (loss: Parameters<typeof reference>[0]): Pointwise => {
  const { value } = reference(loss);
  return (x, y) => value([x], [y]) as number;
};

/** γ = β = 2, no α. */
const rules: readonly { rule: string; who: string; here: string; loss: Pointwise }[] = [
  {
    rule: 'modulator mixed linearly, (1 − p_t)^γ with p_t = yp + (1−y)(1−p)',
    who: 'torchvision, fvcore, mmdetection, optax, Keras (binary), Paddle, TF Object Detection',
    here: '`sigmoidFocal`',
    loss: ours(sigmoidFocal({ gamma: 2 })),
  },
  {
    rule: 'distance to the target, \\|y − p\\|^β',
    who: 'mmdetection QualityFocalLoss',
    here: '`qualityFocal`',
    loss: ours(qualityFocal({ beta: 2 })),
  },
  {
    rule: 'two hard losses mixed, y·FL(x, 1) + (1−y)·FL(x, 0)',
    who: 'kornia (binary)',
    here: '`sigmoidFocal` on hard labels with weights y and 1−y',
    loss: (x, y) => y * sigmoid(-x) ** 2 * softplus(-x) + (1 - y) * sigmoid(x) ** 2 * softplus(x),
  },
  {
    rule: 'modulator (1 − e^−CE)^γ',
    who: 'segmentation_models.pytorch',
    here: '`defineLoss`',
    loss: (x, y) => binaryCrossEntropy(x, y) * (-Math.expm1(-binaryCrossEntropy(x, y))) ** 2,
  },
  {
    rule: 'modulator σ(−(2y−1)x)^γ',
    who: 'MONAI',
    here: '`defineLoss`',
    loss: (x, y) => binaryCrossEntropy(x, y) * sigmoid(-(2 * y - 1) * x) ** 2,
  },
];

/** Where a loss of target y is least, as a probability; none where it only falls towards an end. */
function minimiser(loss: Pointwise, y: number): string {
  let [from, to] = [-40, 40];
  for (let step = 0; step < 200; step++) {
    const [a, b] = [from + (to - from) / 3, to - (to - from) / 3];
    if (loss(a, y) < loss(b, y)) to = b;
    else from = a;
  }
  return Math.abs(from) > 30 ? (from > 0 ? 'none, tends to 1' : 'none, tends to 0') : sigmoid(from).toFixed(4);
}

/** What implementations make of a target between 0 and 1. */
export const softLabels = (): string =>
  table(
    rules.map(({ rule, who, here, loss }) => ({
      rule,
      'whose rule': who,
      here,
      'x = 1.5, y = 0.3': loss(1.5, 0.3).toFixed(6),
      'least at p, for y = 0.3': minimiser(loss, 0.3),
      'for y = 0.9': minimiser(loss, 0.9),
    })),
  );

/** One batch, four anchors of two classes, one positive: what "mean" divides its sum by. */
export function means(): string {
  const logits = [2, -1, -3, 0.5, -2, -4, 0, -1];
  const targets = [1, 0, 0, 0, 0, 0, 0, 0];
  const value = (options: object, call = {}) =>
    (reference(sigmoidFocal({ gamma: 2, alpha: 0.25, ...options })).value(logits, targets, call) as number).toFixed(6);
  return table([
    {
      who: 'torchvision, fvcore, Keras: all entries (8)',
      here: "`normalizer: 'count'`, the default",
      'the same batch': value({}),
    },
    {
      who: 'mmcv: the rows (4)',
      here: '`{ normalizer: 4 }` at the call',
      'the same batch': value({}, { normalizer: 4 }),
    },
    {
      who: 'the paper, Detectron: positives, at least 1',
      here: "`normalizer: 'positives'`",
      'the same batch': value({ normalizer: 'positives' }),
    },
    {
      who: 'mmdetection with `avg_factor=10`',
      here: '`{ normalizer: 10 }` at the call',
      'the same batch': value({}, { normalizer: 10 }),
    },
    { who: "torchvision `reduction='sum'`", here: "`reduction: 'sum'`", 'the same batch': value({ reduction: 'sum' }) },
  ]);
}

/** α on a positive and on a negative at p_t = 0.1, γ = 2. */
export function alphaDirection(): string {
  const x = Math.log(0.1 / 0.9);
  const rowsOf = (name: string, options: object) => {
    const loss = ours(sigmoidFocal({ gamma: 2, ...options }));
    return {
      '': name,
      'positive (y = 1, p = 0.1)': loss(x, 1).toFixed(6),
      'negative (y = 0, p = 0.9)': loss(-x, 0).toFixed(6),
    };
  };
  return table([
    rowsOf('α off, the default here', {}),
    rowsOf('`alpha: 0.25`', { alpha: 0.25 }),
    rowsOf('`alpha: 0.75`', { alpha: 0.75 }),
  ]);
}
