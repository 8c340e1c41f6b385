/** What a detector says of every place of the plane, with the points on it. */
import { contour } from './contour.ts';
import type { Points } from './dataset.ts';
import { logitAt } from './perceptron.ts';

/** Places a row; between them the picture is smooth. */
const cells = 64;

/** The colours of the style sheet, by the properties of the canvas that stand for them. */
function coloursOf(canvas: HTMLCanvasElement) {
  const { backgroundColor, columnRuleColor, color, outlineColor, borderTopColor } = getComputedStyle(canvas);
  return {
    background: channels(backgroundColor),
    sure: channels(columnRuleColor),
    object: color,
    ground: outlineColor,
    boundary: borderTopColor,
  };
}

const channels = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);

/** Where the field is drawn small, to be drawn large from there. */
let small: HTMLCanvasElement | undefined;

/** Points as they were drawn last, for they stay while the field changes. */
const drawn = new WeakMap<HTMLCanvasElement, { key: string; points: Points; picture: HTMLCanvasElement }>();

/** Takes away what was drawn. */
export function clearField(canvas: HTMLCanvasElement): void {
  canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
}

/** Draws probabilities as shades, the boundary at ½ as a line, and the points. */
export function drawField(canvas: HTMLCanvasElement, weights: Float32Array, points: Points): void {
  const density = Math.min(globalThis.devicePixelRatio || 1, 2);
  const width = Math.round(canvas.clientWidth * density);
  const height = Math.round(canvas.clientHeight * density);
  const context = canvas.getContext('2d');
  if (width === 0 || height === 0 || context === null) return;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const colours = coloursOf(canvas);

  const logits = new Float32Array(cells * cells);
  const image = new ImageData(cells, cells);
  for (let i = 0; i < logits.length; i++) {
    const [column, row] = [i % cells, Math.floor(i / cells)];
    // Up is up, and the middle of the outer cells lies on the edge of the square.
    logits[i] = logitAt(weights, (2 * column) / (cells - 1) - 1, 1 - (2 * row) / (cells - 1));
    const p = 1 / (1 + Math.exp(-logits[i]));
    for (let c = 0; c < 3; c++)
      image.data[4 * i + c] = colours.background[c] + p * (colours.sure[c] - colours.background[c]);
    image.data[4 * i + 3] = 255;
  }
  small ??= Object.assign(document.createElement('canvas'), { width: cells, height: cells });
  small.getContext('2d')?.putImageData(image, 0, 0);
  const [dx, dy] = [width / (cells - 1), height / (cells - 1)];
  context.drawImage(small, -dx / 2, -dy / 2, cells * dx, cells * dy);
  context.drawImage(pointsOn(canvas, points, density, colours), 0, 0);

  context.strokeStyle = colours.boundary;
  context.lineWidth = 2 * density;
  context.beginPath();
  const lines = contour(logits, cells);
  for (let i = 0; i < lines.length; i += 4) {
    context.moveTo(lines[i] * dx, lines[i + 1] * dy);
    context.lineTo(lines[i + 2] * dx, lines[i + 3] * dy);
  }
  context.stroke();
}

function pointsOn(
  canvas: HTMLCanvasElement,
  points: Points,
  density: number,
  { object, ground, boundary }: ReturnType<typeof coloursOf>,
): HTMLCanvasElement {
  const { width, height } = canvas;
  const key = [width, height, object, ground].join();
  const before = drawn.get(canvas);
  if (before?.key === key && before.points === points) return before.picture;
  const picture = Object.assign(document.createElement('canvas'), { width, height });
  const context = picture.getContext('2d');
  const { at, labels, positives } = points;
  // Many objects would hide each other.
  const radius = (positives > 300 ? 1.8 : width < 250 * density ? 2.4 : 3.2) * density;
  const dot = (i: number, size: number) => {
    context?.beginPath();
    context?.arc(((at[2 * i] + 1) / 2) * width, ((1 - at[2 * i + 1]) / 2) * height, size, 0, 2 * Math.PI);
    context?.fill();
  };
  if (context !== null) {
    context.globalAlpha = 0.55;
    context.fillStyle = ground;
    for (let i = positives; i < labels.length; i++) dot(i, (width < 250 * density ? 0.6 : 0.9) * density);
    context.globalAlpha = 1;
    context.strokeStyle = boundary;
    context.lineWidth = 0.8 * density;
    context.fillStyle = object;
    for (let i = 0; i < positives; i++) {
      dot(i, radius);
      if (positives <= 300) context.stroke();
    }
  }
  drawn.set(canvas, { key, points, picture });
  return picture;
}
