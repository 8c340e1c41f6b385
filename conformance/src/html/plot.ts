import { type CurvePoint, toAxis } from '../curve.ts';
import { escapeXml } from '../xml.ts';

/** The picture's sides, and how much of them is left for labels. */
const [width, height] = [720, 240];
const frame = { left: 58, right: 20, top: 14, bottom: 38 };
const inner = { width: width - frame.left - frame.right, height: height - frame.top - frame.bottom };

/** What a plot is made from. */
export interface PlotData {
  readonly title: string;
  readonly points: readonly CurvePoint[];
  readonly allowance: number;
}

/** Logits beyond this lie on the edge of the plot: the losses are straight lines there. */
const farthest = 1000;

/**
 * Relative error against the logit, both axes logarithmic. On the floor lies what is ten thousand times better than
 * allowed or exact, at the top what is as large as the truth or not a number.
 */
export function plot({ title, points, allowance }: PlotData): string {
  const [low, high] = [Math.floor(Math.log10(allowance)) - 4, 0];
  const most = toAxis(farthest);
  const x = (logit: number) => frame.left + ((clamp(toAxis(logit) / most, -1, 1) + 1) / 2) * inner.width;
  const y = (error: number) => {
    const share = clamp((Math.log10(error) - low) / (high - low), 0, 1);
    return frame.top + (1 - share) * inner.height;
  };
  const [left, right, floor] = [frame.left, width - frame.right, height - frame.bottom];

  const rows = exponents(low, high).map((exponent) => {
    const at = y(10 ** exponent).toFixed(1);
    return `${line('grid', left, at, right, at)}<text x="${left - 6}" y="${at}" dy="4" text-anchor="end">1e${exponent}</text>`;
  });
  const columns = logitTicks.map((logit) => {
    const at = x(logit).toFixed(1);
    return `${line('grid', at, frame.top, at, floor)}<text x="${at}" y="${floor + 16}" text-anchor="middle">${label(logit)}</text>`;
  });
  const limit = y(allowance).toFixed(1);
  const dots = points.map(({ logit, error, check }) => {
    const kind = error <= allowance ? 'within' : 'beyond';
    const words = `logit ${logit}, error ${error === 0 ? 0 : error.toExponential(1)}, ${check}`;
    return `<circle class="${kind}" cx="${x(logit).toFixed(1)}" cy="${y(error).toFixed(1)}" r="2.5"><title>${escapeXml(words)}</title></circle>`;
  });
  return `<figure>
<figcaption>${escapeXml(title)}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">
${[...rows, ...columns].join('\n')}
${line('limit', left, limit, right, limit)}<text class="limit" x="${right}" y="${limit}" dy="-5" text-anchor="end">allowed ${allowance.toExponential(0)}</text>
${dots.join('\n')}
<text x="${left + inner.width / 2}" y="${height - 4}" text-anchor="middle">logit</text>
</svg>
</figure>`;
}

const line = (kind: string, x1: number | string, y1: number | string, x2: number | string, y2: number | string) =>
  `<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);

/** Every second power of ten. */
const exponents = (low: number, high: number) =>
  Array.from({ length: Math.floor((high - low) / 2) + 1 }, (_, i) => high - 2 * i);

/** 0 and powers of ten of both signs. */
const logitTicks = [-farthest, -100, -10, -1, 0, 1, 10, 100, farthest];

const label = (logit: number) => String(logit).replace('-', '−');
