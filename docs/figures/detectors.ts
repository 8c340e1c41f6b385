/**
 * Accuracy against speed of detectors, paper Figure 2, from the numbers it prints: Lin et al. 2017, the table inside
 * Figure 2, and Table 1e for the scales of RetinaNet. The others are public numbers that its authors collected.
 */
import { chart, type Line } from './chart.ts';

/** Average precision on COCO test-dev, and milliseconds an image takes. */
export interface Detector {
  readonly name: string;
  readonly ap: number;
  readonly time: number;
}

/** In the order of the paper's table. */
export const others: readonly Detector[] = [
  { name: 'YOLOv2', ap: 21.6, time: 25 },
  { name: 'SSD321', ap: 28.0, time: 61 },
  { name: 'DSSD321', ap: 28.0, time: 85 },
  // The paper extrapolates this time.
  { name: 'R-FCN', ap: 29.9, time: 85 },
  { name: 'SSD513', ap: 31.2, time: 125 },
  { name: 'DSSD513', ap: 33.2, time: 156 },
  { name: 'FPN FRCN', ap: 36.2, time: 172 },
];

/** RetinaNet by its backbone, for images of 400, 500, 600, 700 and 800 pixels. Of 50 at 500, Table 1e has 72 ms, the figure 73. */
export const retinaNet: Readonly<Record<'50' | '101', readonly Detector[]>> = {
  50: scales('50', [30.5, 32.5, 34.3, 35.1, 35.7], [64, 73, 98, 121, 153]),
  101: scales('101', [31.9, 34.4, 36.0, 37.1, 37.8], [81, 90, 122, 154, 198]),
};

function scales(depth: string, precisions: readonly number[], times: readonly number[]): Detector[] {
  return precisions.map((ap, i) => ({ name: `RetinaNet-${depth}-${400 + 100 * i}`, ap, time: times[i] }));
}

/** The paper leaves out what is less accurate. */
const LOWEST = 25;
export const plotted = others.filter(({ ap }) => ap > LOWEST);

const points = (all: readonly Detector[]) => all.map(({ ap, time }) => [time, ap] as const);

/** Speed against accuracy on COCO test-dev. */
export function figure2(): string {
  const lines: Line[] = [
    { label: 'RetinaNet-101-FPN', points: points(retinaNet[101]), marked: true },
    { label: 'RetinaNet-50-FPN', points: points(retinaNet[50]), marked: true },
    {
      label: 'other detectors',
      points: points(plotted),
      dots: true,
      names: plotted.map(({ name }) => ({ text: name, above: name === 'SSD321' })),
    },
  ];
  const said = [...plotted, ...retinaNet[50], ...retinaNet[101]].map(
    ({ name, ap, time }) => `${name} ${ap.toFixed(1)} in ${time} ms`,
  );
  return chart(
    'Speed and accuracy of detectors',
    `Average precision on COCO test-dev against the time for an image, as printed by Lin et al. 2017: ${said.join(', ')}.`,
    [
      {
        title: 'detectors of 2017 on COCO',
        xLabel: 'time for an image, ms',
        yLabel: 'average precision, %',
        x: { from: 40, to: 220, ticks: [50, 100, 150, 200] },
        y: { from: 27, to: 39, ticks: [28, 30, 32, 34, 36, 38] },
        legend: 'below',
        lines,
      },
    ],
  );
}
