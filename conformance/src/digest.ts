import { spelled } from './report.ts';
import type { VectorFile } from './vectors.ts';

/**
 * Sixteen digits that tell one set of vectors from another, whatever order the files came in: FNV-1a, twice, which any machine
 * computes. It finds what differs, and does not stand up to somebody who wants two sets to look alike.
 */
export function digestOf(files: readonly VectorFile[]): string {
  const digest = known.get(files) ?? computed(files);
  known.set(files, digest);
  return digest;
}
/** Of megabytes, for each of many backends. */
const known = new WeakMap<readonly VectorFile[], string>();

function computed(files: readonly VectorFile[]): string {
  const text = files
    .map((file) => JSON.stringify(file, spelled))
    .sort()
    .join('\n');
  return [0x811c9dc5, 0x01000193].map((start) => fnv(text, start).toString(16).padStart(8, '0')).join('');
}

function fnv(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
