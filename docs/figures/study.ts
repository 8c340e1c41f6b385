/** What each loss gains over tuned cross-entropy, against the imbalance: from the runs of docs/examples/study. */
import { FULL, type Length, lengths } from '../examples/study/plan.ts';
import { gainsOf, type Row } from '../examples/study/results.ts';
import type { Run } from '../examples/study/runs.ts';
import { chart, type Line, type Panel } from './chart.ts';

const shown: Readonly<Record<string, string>> = {
  focal: 'focal, tuned',
  'focal with α': 'focal with α, tuned',
  asymmetric: 'asymmetric, tuned',
  'α-balanced': 'α-balanced cross-entropy, tuned',
  'same rate': 'focal, γ = 2, α = 0.25, with cross-entropy’s rate',
};

/** Points of different losses at one imbalance stand beside each other. */
const beside = (ratio: number, i: number) => ratio * 1.09 ** (i - 2);

export function figure(runs: readonly Run[]): string {
  const panel = (length: Length): Panel => {
    const rows = gainsOf(runs, 'sgd', length);
    const line = (name: string, i: number): Line => {
      const own = rows.map(({ ratio, gains }) => ({ x: beside(ratio, i), ...(gains[name] as Row['gains'][string]) }));
      return {
        label: shown[name],
        points: own.map(({ x, mean }) => [x, mean] as const),
        intervals: own.map(({ x, mean, half }) => [x, mean - half, mean + half] as const),
      };
    };
    return {
      title: `${FULL.lengths[length]} steps`,
      xLabel: 'one positive among so many windows',
      yLabel: 'gain in average precision',
      legend: 'below',
      x: { from: 6, to: 16000, ticks: FULL.ratios, scale: 'log', label: (tick) => tick.toLocaleString('en') },
      y: { from: -0.25, to: 0.1, ticks: [-0.25, -0.2, -0.15, -0.1, -0.05, 0, 0.05, 0.1] },
      lines: Object.keys(shown).map(line),
    };
  };
  return chart(
    'What a loss gains over cross-entropy',
    'Difference of average precision to tuned cross-entropy against the imbalance, means of five seeds with their 95 % intervals, for focal loss, focal loss with α, asymmetric loss and α-balanced cross-entropy, each tuned with twelve trials, and for focal loss with the learning rate of cross-entropy, after 250 and after 1,000 steps.',
    lengths.map(panel),
  );
}
