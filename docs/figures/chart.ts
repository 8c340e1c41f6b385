/** Charts as SVG, readable on light and dark pages, without a library: a few axes, polylines and dots. */

export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Which of the colours; its place among the lines unless given. */
  readonly colour?: number;
  /** Dots instead of a line. */
  readonly dots?: boolean;
  /** A line whose points are seen. */
  readonly marked?: boolean;
  /** What is written beside each of the dots, which are larger then: to their right, or above where there is no room. */
  readonly names?: readonly { readonly text: string; readonly above?: boolean }[];
  /** Intervals of the points, drawn as upright strokes. */
  readonly intervals?: readonly (readonly [x: number, low: number, high: number])[];
}

/** An axis. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  /**
   * Linear unless given. `'log'`: equal steps are equal factors, and what lies beyond an end is drawn at it. `'asinh'`:
   * proportional near 0, logarithmic far from it on both sides.
   */
  readonly scale?: 'log' | 'asinh';
  /** What is written at a tick: the number unless given. */
  readonly label?: (tick: number) => string;
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
  /** Both from 0 to 1 unless given. */
  readonly x?: Axis;
  readonly y?: Axis;
  /** Where the names of the lines stand: at the top left unless given. */
  readonly legend?: 'left' | 'right' | 'below';
  /** A part of the x axis that is shaded, and what it is called. */
  readonly band?: { readonly from: number; readonly to: number; readonly label: string };
}

/** Okabe and Ito's order, made dark enough for a white page and light enough for a black one; dashes tell them apart without. */
const COLOURS = {
  light: ['#0065a8', '#a86400', '#007a59', '#bf4300', '#a5317b'],
  dark: ['#6cb8f5', '#f2b13c', '#35c99b', '#ff8c5a', '#e79bc9'],
};
const DASHES = ['none', '8 3', '3 3', '10 3 2 3', '6 3 1 3 1 3'];
const PLOT = { width: 300, height: 240, left: 64, top: 34, right: 18, bottom: 46 };
const LEGEND = { row: 18, column: 155, letters: 18 };
const UNIT: Axis = { from: 0, to: 1, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] };

const entities = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
/** `p_t` with its t below the line. What follows goes up again. */
const lowered = (text: string) =>
  entities(text).replace(
    /_(\w)(.?)/g,
    (_, letter, next) => `<tspan dy="3" font-size="75%">${letter}</tspan><tspan dy="-3">${next || '\u200b'}</tspan>`,
  );
const colours = (theme: readonly string[]) => theme.map((colour, i) => `.c${i} { color: ${colour}; }`).join(' ');
const short = (value: number) => String(Math.round(value * 100) / 100);
const tickLabel = (tick: number, { scale, label }: Axis) =>
  label?.(tick) ?? (scale === 'log' ? tick.toExponential(0).replace('+', '') : String(tick)).replaceAll('-', '−');

/** Panels side by side. `title` and `description` are what a screen reader says. */
export function chart(title: string, description: string, panels: readonly Panel[]): string {
  const step = PLOT.left + PLOT.width + PLOT.right;
  const width = step * panels.length;
  const below = Math.max(
    ...panels.map(({ legend, lines }) => (legend === 'below' ? Math.ceil(lines.length / keyColumns(lines)) : 0)),
  );
  const height = PLOT.top + PLOT.height + PLOT.bottom + below * LEGEND.row;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
<title id="title">${entities(title)}</title>
<desc id="desc">${entities(description)}</desc>
<style>
  svg { color: #1b1f24; font: 12px system-ui, sans-serif; } ${colours(COLOURS.light)}
  @media (prefers-color-scheme: dark) { svg { color: #e6edf3; } ${colours(COLOURS.dark)} }
  text { fill: currentColor; } .axis { stroke: currentColor; } .grid { stroke: currentColor; opacity: 0.15; }
  .line { fill: none; stroke: currentColor; stroke-width: 2; } .dot { fill: currentColor; } .band { fill: currentColor; opacity: 0.08; }
  .title { font-weight: 600; font-size: 13px; }
</style>
${panels.map((panel, i) => `<g transform="translate(${i * step + PLOT.left} ${PLOT.top})">\n${draw(panel)}\n</g>`).join('\n')}
</svg>
`;
}

/** A number's place on an axis, 0 at its beginning and 1 at its end. */
function place(value: number, { from, to, scale }: Axis): number {
  if (scale === 'log') return Math.min(Math.max(Math.log(value / from) / Math.log(to / from), 0), 1);
  const bend = scale === 'asinh' ? Math.asinh : Number;
  return (bend(value) - bend(from)) / (bend(to) - bend(from));
}

/** Two columns of keys below a panel, where the names are short enough. */
const keyColumns = (lines: readonly Line[]) => (lines.some(({ label }) => label.length > LEGEND.letters) ? 1 : 2);

/** Where the key of line `i` begins. */
function keyOf(i: number, lines: readonly Line[], legend: Panel['legend']): readonly [x: number, y: number] {
  const { width, height, bottom } = PLOT;
  if (legend === 'below') {
    const columns = keyColumns(lines);
    return [(i % columns) * LEGEND.column, height + bottom + 6 + LEGEND.row * Math.floor(i / columns)];
  }
  return [legend === 'right' ? width - 100 : 14, 18 + LEGEND.row * i];
}

/** The name of a dot. */
function nameOf(name: { readonly text: string; readonly above?: boolean } | undefined, x: number, y: number): string {
  if (name === undefined) return '';
  const place = name.above ? `x="${x}" y="${y - 9}" text-anchor="middle"` : `x="${x + 8}" y="${y + 4}"`;
  return `<text ${place}>${entities(name.text)}</text>`;
}

function draw({ title, xLabel, yLabel, lines, x: across = UNIT, y: up = UNIT, legend = 'left', band }: Panel): string {
  const { width, height } = PLOT;
  const x = (value: number) => short(place(value, across) * width);
  const y = (value: number) => short((1 - place(value, up)) * height);
  const parts = [`<text class="title" x="${width / 2}" y="-14" text-anchor="middle">${entities(title)}</text>`];
  if (band !== undefined) {
    const [from, to] = [x(band.from), x(band.to)].map(Number);
    parts.push(
      `<rect class="band" x="${from}" y="0" width="${to - from}" height="${height}"/>`,
      `<text x="${(from + to) / 2}" y="${height - 44}" text-anchor="middle">${lowered(band.label)}</text>`,
    );
  }
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
    `<text x="${width / 2}" y="${height + 36}" text-anchor="middle">${lowered(xLabel)}</text>`,
    `<text transform="translate(-52 ${height / 2}) rotate(-90)" text-anchor="middle">${lowered(yLabel)}</text>`,
  );
  // The first line is drawn last, over the others.
  const keys: string[] = [];
  const curves = lines.map((line, i) => {
    const colour = `c${(line.colour ?? i) % COLOURS.light.length}`;
    const dash = DASHES[i % DASHES.length];
    const [left, at] = keyOf(i, lines, legend);
    const label = `<text x="${left + 32}" y="${at + 4}">${lowered(line.label)}</text>`;
    if (line.dots) {
      keys.push(`<circle class="dot ${colour}" cx="${left + 13}" cy="${at}" r="4"/>`, label);
      const dots = line.points.map(([px, py]) => `<circle cx="${x(px)}" cy="${y(py)}" r="${line.names ? 4 : 1.8}"/>`);
      const names = line.points.map(([px, py], i) => nameOf(line.names?.[i], Number(x(px)), Number(y(py))));
      return `<g class="dot ${colour}">${dots.join('')}</g>${names.join('')}`;
    }
    keys.push(`<path class="line ${colour}" stroke-dasharray="${dash}" d="M${left} ${at}h26"/>`, label);
    const path = line.points.map(([px, py]) => `${x(px)},${y(py)}`).join(' ');
    const strokes = line.intervals?.map(([px, low, high]) => `M${x(px)} ${y(low)}V${y(high)}`).join('') ?? '';
    const interval = strokes === '' ? '' : `<path class="line ${colour}" style="stroke-width: 1" d="${strokes}"/>`;
    const marks = (line.marked ? line.points : []).map(([px, py]) => `<circle cx="${x(px)}" cy="${y(py)}" r="3.5"/>`);
    const marked = marks.length === 0 ? '' : `<g class="dot ${colour}">${marks.join('')}</g>`;
    return `${interval}${marked}<polyline class="line ${colour}" stroke-dasharray="${dash}" points="${path}"/>`;
  });
  return [...parts, ...curves.reverse(), ...keys].join('\n');
}
