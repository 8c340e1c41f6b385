/** Every anchor of the real detector as a square: how few of them matter. */
import { readFileSync } from 'node:fs';

const { logits, targets } = JSON.parse(
  readFileSync(new URL('../examples/real-input/detections.json', import.meta.url), 'utf8'),
) as { logits: number[]; targets: number[] };

const COLUMNS = 120;
const CELL = 6;
const TOP = 26;
const EASY = Math.log(0.1 / 0.9);

/** Rows of the picture's key, in order. */
const kinds = ['on a face', 'hard negative', 'ignored', 'easy negative'] as const;
type Kind = (typeof kinds)[number];

const kindOf = (logit: number, target: number): Kind => {
  if (target === 1) return 'on a face';
  if (target !== 0) return 'ignored';
  return logit < EASY ? 'easy negative' : 'hard negative';
};

/** The squares in the order of the anchors, row by row; easy negatives are small, so that the others are seen. */
export function anchors(): string {
  const all = targets.map((target, i) => kindOf(logits[i], target));
  const count = (kind: Kind) => all.filter((one) => one === kind).length.toLocaleString('en');
  const [width, height] = [COLUMNS * CELL, TOP + Math.ceil(all.length / COLUMNS) * CELL];
  const square = (i: number, size: number) => {
    const inset = (CELL - size) / 2;
    const [x, y] = [(i % COLUMNS) * CELL + inset, TOP + Math.floor(i / COLUMNS) * CELL + inset];
    return `M${x} ${y}h${size}v${size}h-${size}z`;
  };
  const path = (kind: Kind) =>
    `<path class="${kind.replaceAll(' ', '-')}" d="${all.map((one, i) => (one !== kind ? '' : square(i, kind === 'easy negative' ? 2 : 6))).join('')}"/>`;
  const key = kinds.map((kind, i) => {
    const x = i * (width / kinds.length);
    return `<rect class="${kind.replaceAll(' ', '-')}" x="${x}" y="5" width="10" height="10"/><text x="${x + 16}" y="14">${count(kind)} ${kind}${kind === 'on a face' || kind === 'ignored' ? '' : 's'}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
<title id="title">The anchors of one photograph</title>
<desc id="desc">A square for each of ${all.length.toLocaleString('en')} anchors: ${kinds.map((kind) => `${count(kind)} ${kind}`).join(', ')}.</desc>
<style>
  svg { color: #1b1f24; font: 13px system-ui, sans-serif; } text { fill: currentColor; }
  .on-a-face { fill: #bf4300; } .hard-negative { fill: #0065a8; } .ignored { fill: none; stroke: currentColor; } .easy-negative { fill: currentColor; opacity: 0.45; }
  @media (prefers-color-scheme: dark) { svg { color: #e6edf3; } .on-a-face { fill: #ff8c5a; } .hard-negative { fill: #6cb8f5; } }
</style>
${key.join('\n')}
${[...kinds].reverse().map(path).join('\n')}
</svg>
`;
}
