import type { Input } from '../vectors.ts';
import { random } from './random.ts';

/** What the laws draw their inputs from. Every number is exact in float16, so no law is about rounding. */
export interface SampleOptions {
  readonly seed: number;
  /** How many entries. */
  readonly n: number;
  /** Logits lie in (−span, span), in steps of 2⁻⁵; at most 32. */
  readonly span?: number;
  /** At a softmax. */
  readonly classes?: number;
}

/** A seeded input. About a third of the entries of a sigmoid are positive. */
export function sample({ seed, n, span = 16, classes = 1 }: SampleOptions): Input {
  const next = random(seed);
  const draw = (length: number, one: () => number) => Array.from({ length }, one);
  const logits = draw(n * classes, () => Math.trunc((2 * next() - 1) * span * 32) / 32);
  if (classes > 1) return { logits, targets: draw(n, () => Math.floor(next() * classes)), shape: [n, classes] };
  return { logits, targets: draw(n, () => Number(next() < 1 / 3)) };
}
