/** Reliability diagrams and the calibration error during training, from the results of docs/examples/reliability. */
import type { Results, Stage } from '../examples/reliability/results.ts';
import { type Reading, readings } from '../examples/reliability/study.ts';
import { type Axis, chart, type Line, type Panel } from './chart.ts';

/** Bins of fewer test images than this, of all seeds together, are not drawn. */
const FEWEST = 25;

/** The figures by the name of their file. */
export function figures(results: Results): Readonly<Record<string, string>> {
  return {
    'stopped.svg': diagrams(results, 'stopped', 'training stopped where the held-out loss was least'),
    'end.svg': diagrams(results, 'end', `after ${results.plan.epochs} epochs`),
    'training.svg': training(results, 'focal, γ = 2'),
  };
}

const sure: Line = {
  label: 'as it should be',
  points: [
    [0, 0],
    [1, 1],
  ],
};

/** Four diagrams, one a reading. */
function diagrams({ contenders }: Results, stage: Stage, when: string): string {
  // α shifts the middle: it has its row in the tables.
  const plain = contenders.filter(({ loss }) => loss.alpha === undefined);
  const panel = (kind: Reading): Panel => ({
    title: readings[kind],
    xLabel: 'probability given',
    yLabel: 'share of positives',
    lines: [
      ...plain.map(({ name, diagrams }) => ({
        label: name.replace('focal, ', ''),
        points: diagrams[stage][kind]
          .filter(([, , count]) => count >= FEWEST)
          .map(([confidence, accuracy]) => [confidence, accuracy] as const),
      })),
      sure,
    ],
  });
  const title = `Reliability of four readings, ${when}`;
  const description = `Share of positives among test images against the probability given for them, for cross-entropy and focal loss with γ = 1, 2 and 3, ${when}.`;
  return rows(title, description, [
    [panel('sigma'), panel('posterior')],
    [panel('sigmaT'), panel('posteriorT')],
  ]);
}

/** Calibration error and negative log-likelihood of one loss against the epochs. */
function training({ contenders, plan }: Results, loss: string): string {
  const of = (name: string) => {
    const found = contenders.find((contender) => contender.name === name);
    if (found === undefined) throw new Error(`There are no results of ${name}`);
    return found.curve;
  };
  const [focal, plain] = [of(loss), of('cross-entropy')];
  const x: Axis = { from: 0, to: plan.epochs, ticks: [0, 1, 2, 3, 4].map((k) => (k * plan.epochs) / 4) };
  const panel = (measure: 'ece' | 'nll', yLabel: string, y: Axis): Panel => ({
    title: loss,
    xLabel: 'epochs',
    yLabel,
    x,
    y,
    legend: 'below',
    lines: [
      ...(Object.keys(readings) as Reading[]).map((kind) => ({
        label: readings[kind] as string,
        points: focal[measure][kind].map((value, i) => [focal.epochs[i], Math.min(value, y.to)] as const),
      })),
      {
        label: 'σ(x) of CE',
        points: plain[measure].sigma.map((value, i) => [plain.epochs[i], Math.min(value, y.to)] as const),
      },
    ],
  });
  return chart(
    'Calibration of a focal model during training',
    'Expected calibration error and negative log-likelihood on test images against the epochs of training, for four readings of a model trained with focal loss of γ = 2, and for σ(x) of one trained with cross-entropy.',
    [
      panel('ece', 'ECE', { from: 0, to: 0.15, ticks: [0, 0.05, 0.1, 0.15] }),
      panel('nll', 'negative log-likelihood', { from: 0, to: 0.25, ticks: [0, 0.05, 0.1, 0.15, 0.2, 0.25] }),
    ],
  );
}

/** Rows of panels as one figure: those of `chart`, one below another. */
function rows(title: string, description: string, panels: readonly (readonly Panel[])[]): string {
  const charts = panels.map((row) => chart(title, description, row));
  const [, , width, height] = (/viewBox="([^"]*)"/.exec(charts[0]) ?? ['', ''])[1].split(' ').map(Number);
  const inside = (svg: string) => svg.slice(svg.indexOf('</style>\n') + '</style>\n'.length, svg.lastIndexOf('</svg>'));
  const head = charts[0].slice(0, charts[0].indexOf('</style>\n') + '</style>\n'.length);
  const stacked = charts.map((svg, i) => `<g transform="translate(0 ${i * height})">\n${inside(svg)}</g>`);
  const box = (tall: number) => `viewBox="0 0 ${width} ${tall}"`;
  return `${head.replace(box(height), box(height * charts.length))}${stacked.join('\n')}\n</svg>\n`;
}
