/** Line plots that are redrawn while a slider moves. */

export interface Curve {
  /** A class of the style sheet. */
  readonly kind: 'own' | 'reference' | 'positives';
  readonly points: readonly (readonly [number, number])[];
}

export interface PlotOptions {
  readonly label: string;
  readonly xLabel: string;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

const [width, height] = [320, 230];
const frame = { left: 34, right: 10, top: 10, bottom: 36 };

/** Draws curves into an element. The table of numbers below says the same in words. */
export function draw(
  into: HTMLElement,
  { label, xLabel, x, y, xTicks, yTicks }: PlotOptions,
  curves: readonly Curve[],
): void {
  const place = (value: number, [from, to]: readonly [number, number], a: number, b: number) => {
    const at = a + ((Math.min(Math.max(value, from - (to - from)), to + (to - from)) - from) / (to - from)) * (b - a);
    return at.toFixed(1);
  };
  const px = (value: number) => place(value, x, frame.left, width - frame.right);
  const py = (value: number) => place(value, y, height - frame.bottom, frame.top);
  const minus = (tick: number) => String(tick).replace('-', '−');
  const grid = [
    ...xTicks.map(
      (tick) =>
        `<path class="grid" d="M${px(tick)} ${frame.top}V${height - frame.bottom}"/><text x="${px(tick)}" y="${height - 20}" text-anchor="middle">${minus(tick)}</text>`,
    ),
    ...yTicks.map(
      (tick) =>
        `<path class="grid" d="M${frame.left} ${py(tick)}H${width - frame.right}"/><text x="${frame.left - 5}" y="${py(tick)}" dy="4" text-anchor="end">${minus(tick)}</text>`,
    ),
  ];
  const lines = curves.map(
    ({ kind, points }) =>
      `<polyline class="${kind}" points="${points
        .filter(([, v]) => Number.isFinite(v))
        .map(([a, b]) => `${px(a)},${py(b)}`)
        .join(' ')}"/>`,
  );
  const clip = `${into.id}-clip`;
  into.innerHTML = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}"><clipPath id="${clip}"><rect x="${frame.left}" y="${frame.top - 2}" width="${width - frame.left - frame.right}" height="${height - frame.top - frame.bottom + 4}"/></clipPath>${grid.join('')}<g clip-path="url(#${clip})">${lines.join('')}</g><text x="${(width + frame.left) / 2}" y="${height - 4}" text-anchor="middle">${xLabel}</text></svg>`;
}
