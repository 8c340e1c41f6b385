/** Line charts as SVG, readable on light and dark pages, without a library: a few axes and polylines. */

export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
}

/** Distinguishable without colour vision (Okabe and Ito), on white and on black. */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#cc79a7'];
const DASHES = ['none', '8 3', '3 3', '10 3 2 3', '1 3'];
const PLOT = { width: 300, height: 240, left: 52, top: 34, right: 18, bottom: 46 };
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

const entities = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const short = (value: number) => String(Math.round(value * 100) / 100);

/** Panels side by side, both axes from 0 to 1. `title` and `description` are what a screen reader says. */
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

function draw({ title, xLabel, yLabel, lines }: Panel): string {
  const { width, height } = PLOT;
  const x = (value: number) => short(value * width);
  const y = (value: number) => short((1 - value) * height);
  const parts = [`<text class="title" x="${width / 2}" y="-14" text-anchor="middle">${entities(title)}</text>`];
  for (const tick of TICKS) {
    parts.push(
      `<path class="grid" d="M${x(tick)} 0V${height}M0 ${y(tick)}H${width}"/>`,
      `<text x="${x(tick)}" y="${height + 16}" text-anchor="middle">${tick}</text>`,
      `<text x="-8" y="${y(tick)}" dy="4" text-anchor="end">${tick}</text>`,
    );
  }
  parts.push(
    `<path class="axis" fill="none" d="M0 0V${height}H${width}"/>`,
    `<text x="${width / 2}" y="${height + 36}" text-anchor="middle">${entities(xLabel)}</text>`,
    `<text transform="translate(-36 ${height / 2}) rotate(-90)" text-anchor="middle">${entities(yLabel)}</text>`,
  );
  lines.forEach(({ label, points }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const path = points.map(([px, py]) => `${x(px)},${y(py)}`).join(' ');
    const dash = DASHES[i % DASHES.length];
    parts.push(
      `<polyline class="line" stroke="${colour}" stroke-dasharray="${dash}" points="${path}"/>`,
      `<path class="line" stroke="${colour}" stroke-dasharray="${dash}" d="M14 ${18 + 18 * i}h26"/>`,
      `<text x="46" y="${22 + 18 * i}">${entities(label)}</text>`,
    );
  });
  return parts.join('\n');
}
