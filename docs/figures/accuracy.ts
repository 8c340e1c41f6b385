/** Error against logit, a figure a number format: all adapters, from their conformance reports, beside torchvision's formula. */
import type { Device, Dtype } from '@focal-loss/conformance';
import type { Kept } from '../site/reports.ts';
import { type Axis, chart, type Line } from './chart.ts';
import { torchvisionErrors } from './torchvision.ts';

/** The file that has a format's figure. */
export const accuracyFile = (dtype: Dtype): string => `accuracy-${dtype}.svg`;

/** The formats of the backends that ran, finest first. */
export const ranDtypes = (reports: readonly Kept[]): Dtype[] =>
  (['float64', 'float32', 'float16'] as const).filter((dtype) => ran(reports, dtype).length > 0);

const ran = (reports: readonly Kept[], dtype: Dtype) =>
  reports.filter(({ backend, verdict }) => verdict !== 'not run' && backend.dtype === dtype);

const x: Axis = { from: -100, to: 100, scale: 'asinh', ticks: [-100, -10, -1, 0, 1, 10, 100] };
const y: Axis = { from: 1e-17, to: 10, scale: 'log', ticks: [1e-16, 1e-13, 1e-10, 1e-7, 1e-4, 1e-1] };

/** In the order of the colours, which are the same in each figure. */
const devices: Readonly<Record<Device, string>> = { cpu: 'CPU', gpu: 'GPU', composed: 'composed' };

/** The figure of one format. Zero errors lie on the floor, what is not a number at the top. */
export async function accuracyFigure(reports: readonly Kept[], dtype: Dtype): Promise<string> {
  const own = ran(reports, dtype);
  // Beside a float64 backend stands float64, so that both have the same digits to lose.
  const peer = `torchvision's formula in ${dtype === 'float64' ? 'float64' : 'float32'}`;
  const panel = async (title: string, part: 'value' | 'grad') => ({
    title,
    xLabel: 'logit',
    yLabel: 'relative error',
    x,
    y,
    legend: 'below' as const,
    lines: [
      ...(Object.keys(devices) as Device[]).flatMap((device, colour): Line[] => {
        const curves = own.filter(({ backend }) => backend.device === device).map((report) => report.curves[part]);
        return curves.length === 0
          ? []
          : [{ label: `adapters, ${devices[device]}`, points: worst(curves), dots: true, colour }];
      }),
      { label: peer, points: (await torchvisionErrors(part, dtype)).map(clean), dots: true, colour: 3 },
    ],
  });
  return chart(
    `Errors in ${dtype}`,
    `Relative error of loss and gradient against the logit in ${dtype}: the worst of all adapters over all vectors, and ${peer} for the focal loss.`,
    [await panel('loss', 'value'), await panel('gradient', 'grad')],
  );
}

/** At each logit the largest error of any of the curves. */
function worst(curves: readonly Kept['curves']['value'][]): [number, number][] {
  const errors = new Map<number, number>();
  for (const [logit, error] of curves.flat().map(point)) {
    if (Math.abs(logit) <= 100) errors.set(logit, Math.max(errors.get(logit) ?? 0, error));
  }
  return [...errors];
}

/** A report read from JSON has words for the infinities. */
const point = ([logit, error]: readonly [number, number]) => clean([logit, Number(error)]);

const clean = ([logit, error]: readonly [number, number]): readonly [number, number] => [
  logit,
  Number.isNaN(error) ? Number.POSITIVE_INFINITY : error,
];
