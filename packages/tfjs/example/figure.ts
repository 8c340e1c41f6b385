import { chart } from '../../../docs/figures/chart.ts';
import { type Results, spread } from './results.ts';

/** The learning curves as SVG: means over the seeds. */
export function figure({ contenders, plan, scenes }: Results): string {
  const meanAt = (runs: readonly (readonly number[])[], i: number) => spread(runs.map((run) => run[i])).mean;
  const steps = Array.from({ length: 5 }, (_, i) => Math.round((i * plan.steps) / 4));
  return chart(
    'Average precision of the detector during training',
    'Means over five seeds, of cross-entropy, α-balanced cross-entropy and focal loss, with and without prior bias.',
    [
      {
        title: `1 positive cell in ${Math.round(scenes.negatives / scenes.positives)}`,
        xLabel: 'training steps',
        yLabel: 'average precision',
        legend: 'below',
        x: { from: 0, to: plan.steps, ticks: steps },
        y: { from: 0, to: 0.6, ticks: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6] },
        lines: contenders.map(({ name, averagePrecision }) => ({
          label: name,
          points: averagePrecision[0].map((_, i) => [(i + 1) * plan.every, meanAt(averagePrecision, i)] as const),
        })),
      },
    ],
  );
}
