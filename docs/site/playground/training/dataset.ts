/** The points that the two detectors learn from: a few objects in a plane full of background. */
import { normals, randoms } from '../random.ts';

/** Points of the square from −1 to 1 and what they are. */
export interface Points {
  /** x and y of the first point, then of the second, … */
  readonly at: Float32Array;
  /** 1 for an object, 0 for background. */
  readonly labels: Float32Array;
  readonly positives: number;
}

/** Where objects lie: along two half circles, each around an end of the other. */
const radius = 0.45;
const bows = [
  { x: -0.2, y: -0.12, up: 1 },
  { x: 0.2, y: 0.12, up: -1 },
] as const;

/** How far objects stray from their bow (standard deviation), and how near to a bow there is no background. */
const spread = 0.06;
const gap = 0.1;

/** A part of the background keeps near to the objects, so that it is hard; the rest lies anywhere. */
const hardShare = 0.1;
const hardSpread = 0.16;

/** How far a place is from the nearest bow. */
export function distance(x: number, y: number): number {
  const one = ({ x: cx, y: cy, up }: (typeof bows)[number]) => {
    const [dx, dy] = [x - cx, (y - cy) * up];
    return dy > 0 ? Math.abs(Math.hypot(dx, dy) - radius) : Math.hypot(Math.abs(dx) - radius, dy);
  };
  return Math.min(...bows.map(one));
}

/**
 * Draws points in any number. Of the background, most are far from every object and easily told; a few are hard.
 *
 * @param seed The same seed draws the same points.
 */
export function draw(positives: number, negatives: number, seed: number): Points {
  const random = randoms(seed);
  const normal = normals(random);
  const at = new Float32Array(2 * (positives + negatives));
  const labels = new Float32Array(positives + negatives).fill(1, 0, positives);
  const nearBow = (width: number): readonly [number, number] => {
    const { x, y, up } = bows[random() < 0.5 ? 0 : 1];
    const angle = Math.PI * random();
    return [x + radius * Math.cos(angle) + width * normal(), y + up * radius * Math.sin(angle) + width * normal()];
  };
  const anywhere = (): readonly [number, number] => [2 * random() - 1, 2 * random() - 1];
  for (let i = 0; i < labels.length; ) {
    const object = i < positives;
    const [x, y] = object ? nearBow(spread) : random() < hardShare ? nearBow(hardSpread) : anywhere();
    if (Math.max(Math.abs(x), Math.abs(y)) > 1 || (!object && distance(x, y) < gap)) continue;
    at[2 * i] = x;
    at[2 * i + 1] = y;
    i++;
  }
  return { at, labels, positives };
}
