/** Charts as SVG, readable on light and dark pages, without a library: a few axes, polylines and dots. */

export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Dots instead of a line. */
  readonly dots?: boolean;
}

/** An axis. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  /** Whether equal steps are equal factors. What lies beyond an end is drawn at it. */
  readonly log?: boolean;
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
  /** Both from 0 to 1 unless given. */
  readonly x?: Axis;
  readonly y?: Axis;
  /** Where the names of the lines stand. Left unless given. */
  readonly legend?: 'left' | 'right';
}

/** Distinguishable without colour vision (Okabe and Ito), on white and on black. */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#cc79a7'];
const DASHES = ['none', '8 3', '3 3', '10 3 2 3', '1 3'];
const PLOT = { width: 300, height: 240, left: 52, top: 34, right: 18, bottom: 46 };
const UNIT: Axis = { from: 0, to: 1, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] };

const entities = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const short = (value: number) => String(Math.round(value * 100) / 100);
const tickLabel = (tick: number, { log = false }: Axis) =>
  (log ? tick.toExponential(0).replace('+', '') : String(tick)).replaceAll('-', '−');

/** Panels side by side. `title` and `description` are what a screen reader says. */
export function chart(title: string, description: string, panels: readonly Panel[]): string {
  const step = PLOT.left + PLOT.width + PLOT.right;
  const width = step * panels.length;
  const height = PLOT.top + PLOT.height + PLOT.bottom;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
<title id="title">${entities(title)}</title>
<desc id="desc">${entities(description)}</desc>
<style>
  svg { color: #1b1f24; font: 12px system-ui, sans-serif; }
  @media (prefers-color-scheme: dark) { svg { color: #e6edf3; } }
  text { fill: currentColor; } .axis { stroke: currentColor; } .grid { stroke: currentColor; opacity: 0.15; }
  .line { fill: none; stroke-width: 2; } .title { font-weight: 600; font-size: 13px; }
</style>
${panels.map((panel, i) => `<g transform="translate(${i * step + PLOT.left} ${PLOT.top})">\n${draw(panel)}\n</g>`).join('\n')}
</svg>
`;
}

/** A number's place on an axis, 0 at its beginning and 1 at its end. */
function place(value: number, { from, to, log = false }: Axis): number {
  if (!log) return (value - from) / (to - from);
  const share = Math.log(value / from) / Math.log(to / from);
  return Math.min(Math.max(share, 0), 1);
}

function draw({ title, xLabel, yLabel, lines, x: across = UNIT, y: up = UNIT, legend = 'left' }: Panel): string {
  const { width, height } = PLOT;
  const x = (value: number) => short(place(value, across) * width);
  const y = (value: number) => short((1 - place(value, up)) * height);
  const parts = [`<text class="title" x="${width / 2}" y="-14" text-anchor="middle">${entities(title)}</text>`];
  for (const tick of across.ticks) {
    parts.push(
      `<path class="grid" d="M${x(tick)} 0V${height}"/>`,
      `<text x="${x(tick)}" y="${height + 16}" text-anchor="middle">${tickLabel(tick, across)}</text>`,
    );
  }
  for (const tick of up.ticks) {
    parts.push(
      `<path class="grid" d="M0 ${y(tick)}H${width}"/>`,
      `<text x="-8" y="${y(tick)}" dy="4" text-anchor="end">${tickLabel(tick, up)}</text>`,
    );
  }
  parts.push(
    `<path class="axis" fill="none" d="M0 0V${height}H${width}"/>`,
    `<text x="${width / 2}" y="${height + 36}" text-anchor="middle">${entities(xLabel)}</text>`,
    `<text transform="translate(-38 ${height / 2}) rotate(-90)" text-anchor="middle">${entities(yLabel)}</text>`,
  );
  lines.forEach((line, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const dash = DASHES[i % DASHES.length];
    const key = legend === 'left' ? 14 : width - 100;
    const label = `<text x="${key + 32}" y="${22 + 18 * i}">${entities(line.label)}</text>`;
    if (line.dots) {
      const dots = line.points.map(([px, py]) => `<circle cx="${x(px)}" cy="${y(py)}" r="1.8"/>`).join('');
      parts.push(`<g fill="${colour}">${dots}<circle cx="${key + 13}" cy="${18 + 18 * i}" r="4"/></g>`, label);
      return;
    }
    const path = line.points.map(([px, py]) => `${x(px)},${y(py)}`).join(' ');
    parts.push(
      `<polyline class="line" stroke="${colour}" stroke-dasharray="${dash}" points="${path}"/>`,
      `<path class="line" stroke="${colour}" stroke-dasharray="${dash}" d="M${key} ${18 + 18 * i}h26"/>`,
      label,
    );
  });
  return parts.join('\n');
}
