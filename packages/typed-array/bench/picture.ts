/** Throughput against size as SVG, readable on light and dark pages, without a library. Both axes are logarithmic. */
import type { Group } from './report.ts';
import { title } from './scenario.ts';

/** Okabe and Ito's order, dark enough for a white page and light enough for a black one; ours stand out by their width. */
const COLOURS = {
  light: ['#0065a8', '#a86400', '#007a59', '#bf4300', '#a5317b', '#2f7fb5', '#6b6b6b'],
  dark: ['#6cb8f5', '#f2b13c', '#35c99b', '#ff8c5a', '#e79bc9', '#9fd3f7', '#a8a8a8'],
};
const classes = (theme: readonly string[]) => theme.map((colour, i) => `.c${i} { color: ${colour}; }`).join(' ');
const DASHES = ['none', '8 3', '3 3', '10 3 2 3', '1 3'];
const PLOT = { width: 300, height: 260, left: 60, top: 34, right: 12, bottom: 46, legend: 190 };
/** Exponents of 10. */
const X = { from: 3, to: 7 };
const Y = { from: -1, to: 3 };

const entities = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const short = (value: number) => String(Math.round(value * 10) / 10);
const x = (value: number) => short(((Math.log10(value) - X.from) / (X.to - X.from)) * PLOT.width);
const y = (value: number) => short((1 - (Math.log10(value) - Y.from) / (Y.to - Y.from)) * PLOT.height);
const between = ({ from, to }: typeof X) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const stroke = (i: number, name: string) =>
  `class="line c${i % COLOURS.light.length}" stroke-dasharray="${DASHES[i % DASHES.length]}" stroke-width="${name.startsWith('ours') ? 3 : 1.5}"`;

/** The panels of value and gradient at γ = 2, side by side. */
export function picture(groups: readonly Group[], names: readonly string[]): string {
  const panels = groups.filter(({ scenario: { gamma, wantGrad } }) => gamma === 2 && wantGrad);
  const step = PLOT.left + PLOT.width + PLOT.right;
  const width = step * panels.length + PLOT.legend;
  const height = PLOT.top + PLOT.height + PLOT.bottom;
  const legend = names.map(
    (name, i) => `<path ${stroke(i, name)} d="M0 ${18 * i}h26"/>
<text x="32" y="${18 * i + 4}">${entities(name)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
<title id="title">Throughput of focal loss</title>
<desc id="desc">Million elements per second against the number of elements, both logarithmic: ${entities(names.join('; '))}.</desc>
<style>
  svg { color: #1b1f24; font: 12px system-ui, sans-serif; } ${classes(COLOURS.light)}
  @media (prefers-color-scheme: dark) { svg { color: #e6edf3; } ${classes(COLOURS.dark)} }
  text { fill: currentColor; } .axis { stroke: currentColor; } .grid { stroke: currentColor; opacity: 0.15; }
  .line { fill: none; stroke: currentColor; } .title { font-weight: 600; font-size: 13px; }
</style>
${panels.map((group, i) => `<g transform="translate(${i * step + PLOT.left} ${PLOT.top})">\n${draw(group, names)}\n</g>`).join('\n')}
<g transform="translate(${step * panels.length + 8} ${PLOT.top + 8})">
${legend.join('\n')}
</g>
</svg>
`;
}

function draw({ scenario, sizes }: Group, names: readonly string[]): string {
  const { width, height } = PLOT;
  const parts = [
    `<text class="title" x="${width / 2}" y="-14" text-anchor="middle">${entities(title(scenario))}</text>`,
  ];
  for (const exponent of between(X)) {
    const at = x(10 ** exponent);
    parts.push(`<path class="grid" d="M${at} 0V${height}"/>`);
    parts.push(
      `<text x="${at}" y="${height + 16}" text-anchor="middle">10<tspan dy="-5" font-size="9">${exponent}</tspan></text>`,
    );
  }
  for (const exponent of between(Y)) {
    const at = y(10 ** exponent);
    parts.push(`<path class="grid" d="M0 ${at}H${width}"/>`);
    parts.push(`<text x="-8" y="${at}" dy="4" text-anchor="end">${10 ** exponent}</text>`);
  }
  parts.push(
    `<path class="axis" fill="none" d="M0 0V${height}H${width}"/>`,
    `<text x="${width / 2}" y="${height + 36}" text-anchor="middle">elements</text>`,
    `<text transform="translate(-44 ${height / 2}) rotate(-90)" text-anchor="middle">million elements per second</text>`,
  );
  names.forEach((name, i) => {
    const points = [...sizes].flatMap(([size, times]) => {
      const ns = times.get(name)?.ns;
      return ns === undefined ? [] : [`${x(size)},${y(1000 / ns)}`];
    });
    parts.push(`<polyline ${stroke(i, name)} points="${points.join(' ')}"/>`);
  });
  return parts.join('\n');
}
