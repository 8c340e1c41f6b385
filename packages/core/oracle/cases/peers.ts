import type { Figures } from './published.ts';

interface Mmcv {
  readonly logits: readonly (readonly number[])[];
  readonly classes: readonly number[];
  readonly sigmoid: { readonly value: number; readonly grad: readonly number[] };
  readonly softmax: { readonly value: number; readonly grad: readonly number[] };
}

/** γ = 2, α = 0.25; computed in float32 and printed with eight decimals. */
const tests: readonly Mmcv[] = [
  {
    logits: [
      [1, 0],
      [0, 1],
    ],
    classes: [0, 1],
    sigmoid: { value: 0.13562961, grad: [-0.00657264, 0.11185755, 0.11185755, -0.00657264] },
    softmax: { value: 0.00566451, grad: [-0.00657264, 0.00657264, 0.00657264, -0.00657264] },
  },
  {
    logits: [
      [1, 0, -1],
      [0, 1, 2],
    ],
    classes: [2, 1],
    sigmoid: {
      value: 1.10251057,
      grad: [0.28808805, 0.11185755, -0.09602935, 0.11185755, -0.00657264, 0.40376765],
    },
    softmax: {
      value: 0.34956908,
      grad: [0.1016597, 0.03739851, -0.13905823, 0.01227554, -0.10298023, 0.09070466],
    },
  },
  {
    logits: [
      [1e-6, 2e-6, 3e-6],
      [4e-6, 5e-5, 6e-4],
      [7e-3, 8e-2, 9e-1],
    ],
    classes: [1, 2, 0],
    sigmoid: {
      value: 0.42287254,
      grad: [
        0.07457182, -0.02485716, 0.07457201, 0.07457211, 0.07457669, -0.02483728, -0.02462499, 0.08277918, 0.1805037,
      ],
    },
    softmax: {
      value: 0.15754992,
      grad: [
        0.02590877, -0.05181759, 0.02590882, 0.02589641, 0.0258976, -0.051794, -0.07307514, 0.02234372, 0.05073142,
      ],
    },
  },
];

const tolerance = 5e-7;

/** mmcv divides by the number of rows; its softmax multiplies every class by α. */
export const mmcv: readonly Figures[] = tests.flatMap(({ logits: rows, classes, sigmoid, softmax }, i) => {
  const source = 'mmcv, tests/test_ops/test_focal_loss.py';
  const logits = rows.flat();
  const targets = rows.flatMap((row, r) => row.map((_, j) => (j === classes[r] ? 1 : 0)));
  const shape = [rows.length, rows[0].length];
  return [
    {
      id: `mmcv/sigmoid-${i}`,
      source,
      loss: { factory: 'sigmoidFocal', options: { gamma: 2, alpha: 0.25 } },
      input: { logits, targets, normalizer: rows.length },
      expect: { ...sigmoid, tolerance },
    },
    {
      id: `mmcv/softmax-${i}`,
      source,
      loss: { factory: 'softmaxFocal', options: { gamma: 2, alpha: rows[0].map(() => 0.25) } },
      input: { logits, targets: classes, shape },
      expect: { ...softmax, tolerance },
    },
  ];
});

const kerasInput = { logits: [-18.6, 0.51, 2.94, -12.8], targets: [0, 1, 0, 0] };
const kerasSource = 'Keras, documentation of BinaryFocalCrossentropy';

/** Printed with three digits and with two. */
export const keras: readonly Figures[] = [
  {
    id: 'keras/binary',
    source: `${kerasSource}: gamma=2, from_logits=True`,
    loss: { factory: 'sigmoidFocal', options: { gamma: 2 } },
    input: kerasInput,
    expect: { value: 0.691, tolerance: 5e-4 },
  },
  {
    id: 'keras/binary-balanced',
    source: `${kerasSource}: apply_class_balancing=True, gamma=2, from_logits=True`,
    loss: { factory: 'sigmoidFocal', options: { gamma: 2, alpha: 0.25 } },
    input: kerasInput,
    expect: { value: 0.51, tolerance: 5e-3 },
  },
];
