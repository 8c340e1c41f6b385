/** Plots that are redrawn while a slider moves, in the size of the element they are in, so that their letters stay legible. */

/** A class of the style sheet. */
export type Kind = 'own' | 'reference' | 'ghost' | 'previous';

export interface Line {
  readonly kind: Kind;
  readonly points: readonly (readonly [number, number])[];
}

export interface PlotOptions {
  /** What a screen reader says. */
  readonly label: string;
  readonly xLabel: string;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

export interface Marks {
  readonly lines?: readonly Line[];
  /** Bars side by side, from 0 up, in ranges of equal width. */
  readonly bars?: readonly { readonly kind: Kind; readonly heights: readonly number[] }[];
  /** A place on the lines that is read out. */
  readonly point?: readonly [number, number];
}

const frame = { left: 36, right: 10, top: 8 };

/** The part of a plot that has the curves, in pixels of the element: for whoever points at it. */
export function insideOf(into: HTMLElement): { from: number; to: number } {
  return { from: frame.left, to: (into.clientWidth || 320) - frame.right };
}

/** Draws into an element. */
export function draw(
  into: HTMLElement,
  { label, xLabel, x, y, xTicks, yTicks }: PlotOptions,
  { lines = [], bars = [], point }: Marks,
): void {
  // An element that is not shown has no size.
  const [width, height] = [into.clientWidth || 320, into.clientHeight || 230];
  const bottom = height < 130 ? 18 : 36;
  const [right, floor] = [width - frame.right, height - bottom];
  const place = (value: number, [from, to]: readonly [number, number], a: number, b: number) => {
    const near = Math.min(Math.max(value, from - (to - from)), to + (to - from));
    return (a + ((near - from) / (to - from)) * (b - a)).toFixed(1);
  };
  const px = (value: number) => place(value, x, frame.left, right);
  const py = (value: number) => place(value, y, floor, frame.top);
  const grid = [
    ...thin(xTicks, (right - frame.left) / 34).map(
      (tick) =>
        `<path class="grid" d="M${px(tick)} ${frame.top}V${floor}"/><text x="${px(tick)}" y="${floor + 14}" text-anchor="${px(tick) === px(x[1]) ? 'end' : 'middle'}">${minus(tick)}</text>`,
    ),
    ...thin(yTicks, (floor - frame.top) / 16).map(
      (tick) =>
        `<path class="grid" d="M${frame.left} ${py(tick)}H${right}"/><text x="${frame.left - 5}" y="${py(tick)}" dy="4" text-anchor="end">${minus(tick)}</text>`,
    ),
  ];
  const columns = bars.flatMap(({ kind, heights }, which) => {
    const room = (right - frame.left) / heights.length;
    const wide = (0.84 * room) / bars.length;
    return heights.map((tall, i) => {
      const left = frame.left + i * room + 0.08 * room + which * wide;
      const top = Number(py(Math.min(tall, y[1])));
      return `<rect class="bar ${kind}" x="${left.toFixed(1)}" y="${top}" width="${wide.toFixed(1)}" height="${(floor - top).toFixed(1)}"/>`;
    });
  });
  const curves = lines.map(({ kind, points }) => {
    const path = points.filter(([, v]) => Number.isFinite(v)).map(([a, b]) => `${px(a)},${py(b)}`);
    return `<polyline class="${kind}" points="${path.join(' ')}"/>`;
  });
  const marker =
    point === undefined || !Number.isFinite(point[1])
      ? ''
      : `<path class="guide" d="M${px(point[0])} ${frame.top}V${floor}"/><circle cx="${px(point[0])}" cy="${py(Math.min(Math.max(point[1], y[0]), y[1]))}" r="6"/>`;
  const clip = `${into.id}-clip`;
  const title =
    bottom > 20 ? `<text x="${(frame.left + right) / 2}" y="${height - 5}" text-anchor="middle">${xLabel}</text>` : '';
  into.innerHTML = `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}"><clipPath id="${clip}"><rect x="${frame.left}" y="${frame.top - 2}" width="${Math.max(right - frame.left, 0)}" height="${Math.max(floor - frame.top + 4, 0)}"/></clipPath>${grid.join('')}<g clip-path="url(#${clip})">${columns.join('')}${curves.join('')}</g>${marker}${title}</svg>`;
}

const minus = (tick: number) => String(tick).replace('-', '−');

/** As many of the ticks as there is room for, the first always among them. */
function thin(ticks: readonly number[], room: number): readonly number[] {
  const every = Math.max(1, Math.ceil(ticks.length / Math.max(room, 1)));
  return ticks.filter((_, i) => i % every === 0);
}
