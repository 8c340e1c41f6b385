import type { Case, Expect, Input, LossSpec, VectorFile } from '../case.ts';
import { evaluate } from '../evaluate.ts';
import { curves } from './figure-1.ts';
import { keras, mmcv } from './peers.ts';

/** What someone else printed. */
export interface Figures {
  readonly id: string;
  readonly source: string;
  readonly loss: LossSpec;
  readonly input: Input;
  readonly expect: Expect & { readonly tolerance: number };
}

const paper = 'Lin et al., Focal Loss for Dense Object Detection, ICCV 2017';

const focal = (gamma: number): LossSpec => ({ factory: 'sigmoidFocal', options: { gamma } });
const focalStar = (gamma: number, beta: number): LossSpec => ({
  factory: 'sigmoidFocalStar',
  options: { gamma, beta },
});

const logit = (p: number) => Math.log(p / (1 - p));

/** At one logit of a positive. A weight undoes what the modulator takes away. */
const positive = (x: number, weight = 1): Input => ({ logits: [x], targets: [1], weights: [weight] });

const claims: readonly Figures[] = [
  {
    id: 'gamma=2/0.9-weighs-100-times-less',
    source: `${paper}, §3.2: γ = 2, p_t = 0.9`,
    loss: focal(2),
    input: positive(logit(0.9), 100),
    expect: { value: -Math.log(0.9), tolerance: 1e-6 },
  },
  {
    id: 'gamma=2/0.968-weighs-1000-times-less',
    source: `${paper}, §3.2: γ = 2, p_t ≈ 0.968, which is 1 − 10^−1.5`,
    loss: focal(2),
    input: positive(logit(1 - 10 ** -1.5), 1000),
    expect: { value: -Math.log(1 - 10 ** -1.5), tolerance: 1e-6 },
  },
  {
    id: 'gamma=2/0.5-weighs-4-times-less',
    source: `${paper}, §3.2: at most 4 times less for p_t ≤ 0.5`,
    loss: focal(2),
    input: positive(0, 4),
    expect: { value: Math.LN2, tolerance: 1e-6 },
  },
  ...[focal(2), focalStar(4, 0)].map((loss, i) => ({
    id: `figure-5/crossing-${i}`,
    source: `${paper}, figure 5: FL (γ = 2) and FL* (γ = 4, β = 0) cross at x_t = 0, at (log 2) / 4`,
    loss,
    input: positive(0),
    expect: { value: Math.LN2 / 4, tolerance: 1e-6 },
  })),
  ...[{ factory: 'sigmoidCrossEntropy', options: {} }, focalStar(2, 1)].map((loss, i) => ({
    id: `figure-6/crossing-${i}`,
    source: `${paper}, figure 6: the slopes of CE and FL* (γ = 2, β = 1) cross at x_t = −1, at −σ(1)`,
    loss,
    input: positive(-1),
    expect: { grad: [-1 / (1 + Math.exp(-1))], tolerance: 1e-6 },
  })),
  {
    id: 'figure-6/steepest',
    source: `${paper}, figure 6: the slope of FL (γ = 2) is least, −1.129, at x_t = −2.790`,
    loss: focal(2),
    input: positive(-2.79),
    expect: { grad: [-1.129], tolerance: 5e-4 },
  },
];

/** A figure that is not true within its tolerance is not written down. */
function checked({ id, source, loss, input, expect }: Figures): Case {
  const truth = evaluate(loss, input);
  const compare = (printed: number | readonly number[] = [], true_: number | readonly number[] = []) =>
    [printed].flat().forEach((figure, i) => {
      const error = Math.abs(figure - [true_].flat()[i]);
      if (!(error <= expect.tolerance)) throw new Error(`${id}: the printed ${figure} is off by ${error}`);
    });
  compare(expect.value, truth.value);
  compare(expect.grad, truth.grad);
  return { id: `published/${id}`, clause: 'published', source, loss, input, expect };
}

export const published: VectorFile = {
  title: 'Figures that others have published',
  cases: () => [...curves(paper), ...claims, ...mmcv, ...keras].map(checked),
};
