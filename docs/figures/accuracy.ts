/** Error against logit: an adapter, from its conformance report, beside torchvision's formula. */
import type { Kept } from '../site/reports.ts';
import { type Axis, chart } from './chart.ts';
import { torchvisionErrors } from './torchvision.ts';

/** The file that has a backend's figure. */
export const accuracyFile = (backend: string): string =>
  `accuracy-${backend.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.svg`;

const x: Axis = { from: -100, to: 100, scale: 'asinh', ticks: [-100, -10, -1, 0, 1, 10, 100] };
const y: Axis = { from: 1e-17, to: 10, scale: 'log', ticks: [1e-16, 1e-13, 1e-10, 1e-7, 1e-4, 1e-1] };

/** The figure of one backend. Zero errors lie on the floor, what is not a number at the top. */
export async function accuracyFigure({ backend, curves }: Kept): Promise<string> {
  // Beside a float64 backend stands float64, so that both have the same digits to lose.
  const peer = `torchvision's formula in ${backend.dtype === 'float64' ? 'float64' : 'float32'}`;
  const panel = async (title: string, part: 'value' | 'grad', own: Kept['curves']['value']) => ({
    title,
    xLabel: 'logit',
    yLabel: 'relative error',
    x,
    y,
    legend: 'below' as const,
    lines: [
      { label: backend.name, points: own.filter(([logit]) => Math.abs(logit) <= 100).map(point), dots: true },
      { label: peer, points: (await torchvisionErrors(part, backend.dtype)).map(clean), dots: true },
    ],
  });
  return chart(
    `Error of ${backend.name}`,
    `Relative error of loss and gradient against the logit: ${backend.name} over all vectors, and ${peer} for the focal loss.`,
    [await panel('loss', 'value', curves.value), await panel('gradient', 'grad', curves.grad)],
  );
}

/** A report read from JSON has words for the infinities. */
const point = ([logit, error]: readonly [number, number]) => clean([logit, Number(error)]);

const clean = ([logit, error]: readonly [number, number]): readonly [number, number] => [
  logit,
  Number.isNaN(error) ? Number.POSITIVE_INFINITY : error,
];
