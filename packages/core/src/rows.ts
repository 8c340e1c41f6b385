import type { Layout } from './inputs.ts';

/** Where the classes lie: [outer, classes, inner]. */
type Axis = Pick<Layout, 'classes' | 'inner'>;

/** The numbers of [outer, classes, inner] row by row, [outer·inner, classes]: the classes last. */
export function classesLast(from: ArrayLike<number>, { classes, inner }: Axis): Float64Array {
  if (inner === 1) return Float64Array.from(from);
  const to = new Float64Array(from.length);
  for (let i = 0; i < to.length; i++) to[i] = from[placeOf(i, classes, inner)];
  return to;
}

/** The way back. */
export function classesBack(from: Float64Array, { classes, inner }: Axis): Float64Array {
  if (inner === 1) return from;
  const to = new Float64Array(from.length);
  for (let i = 0; i < to.length; i++) to[placeOf(i, classes, inner)] = from[i];
  return to;
}

/** Where entry `i` of rows with the classes last lies among [outer, classes, inner]. */
export function placeOf(i: number, classes: number, inner: number): number {
  const [row, c] = [Math.floor(i / classes), i % classes];
  return (Math.floor(row / inner) * classes + c) * inner + (row % inner);
}
