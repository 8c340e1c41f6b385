/** The curves of the RetinaNet paper, from the formulas of core: Figure 1, and Figures 5 and 6 of its appendix. */
import { type Loss, pointwise, sigmoidCrossEntropy, sigmoidFocal, sigmoidFocalStar } from '@focal-loss/core';
import { type Axis, chart, type Line } from './chart.ts';

const steps = (from: number, to: number, n: number) =>
  Array.from({ length: n + 1 }, (_, i) => from + ((to - from) * i) / n);

const logit = (p: number) => Math.log(p / (1 - p));

/** FL against the probability of the true class, paper Figure 1. */
export function figure1(): string {
  const loss: Axis = { from: 0, to: 5, ticks: [0, 1, 2, 3, 4, 5] };
  const lines = [0, 0.5, 1, 2, 5].map((gamma): Line => {
    const at = pointwise(sigmoidFocal({ gamma }));
    return {
      label: gamma === 0 ? 'γ = 0 (CE)' : `γ = ${gamma}`,
      points: steps(0.0068, 0.999, 240).map((p) => [p, at(logit(p), 1).value]),
    };
  });
  return chart(
    'Focal loss',
    'Focal loss against the probability of the true class for γ = 0, 0.5, 1, 2 and 5. Beyond one half an example is well classified; there the curves part.',
    [
      {
        title: 'focal loss',
        xLabel: 'probability of the true class, p_t',
        yLabel: 'loss',
        y: loss,
        legend: 'right',
        band: { from: 0.5, to: 1, label: 'well classified' },
        lines,
      },
    ],
  );
}

/** Loss and derivative of CE, FL and FL* against x_t, paper Figures 5 and 6. */
export function figures5and6(): string {
  const x: Axis = { from: -5, to: 5, ticks: [-4, -2, 0, 2, 4] };
  const losses: Record<string, Loss> = {
    CE: sigmoidCrossEntropy(),
    'FL γ = 2': sigmoidFocal({ gamma: 2 }),
    'FL* γ = 2, β = 1': sigmoidFocalStar({ gamma: 2, beta: 1 }),
    'FL* γ = 4, β = 0': sigmoidFocalStar({ gamma: 4, beta: 0 }),
  };
  const lines = (part: 'value' | 'derivative') =>
    Object.entries(losses).map(([label, loss]): Line => {
      const at = pointwise(loss);
      return { label, points: steps(-5, 5, 200).map((logit) => [logit, at(logit, 1)[part]]) };
    });
  return chart(
    'CE, FL and FL* and their derivatives',
    'Loss and its derivative against x_t, the logit times the sign of the label, for cross-entropy, focal loss and FL*.',
    [
      {
        title: 'loss',
        xLabel: 'x_t',
        yLabel: 'loss',
        x,
        y: { from: 0, to: 5, ticks: [0, 1, 2, 3, 4, 5] },
        legend: 'below',
        lines: lines('value'),
      },
      {
        title: 'derivative',
        xLabel: 'x_t',
        yLabel: 'derivative',
        x,
        y: { from: -1.2, to: 0.2, ticks: [-1.2, -1, -0.8, -0.6, -0.4, -0.2, 0, 0.2] },
        legend: 'below',
        lines: lines('derivative'),
      },
    ],
  );
}
