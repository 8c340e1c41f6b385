import type { Loss } from '@focal-loss/core';

const texts = new WeakMap<Loss, Map<string, string>>();

/** A loss's text of one kind, written once: that takes most of a millisecond, as long as many a dispatch. */
export function once(loss: Loss, kind: string, write: () => string): string {
  const known = texts.get(loss) ?? new Map<string, string>();
  texts.set(loss, known);
  const text = known.get(kind) ?? write();
  known.set(kind, text);
  return text;
}

/** A sum as a tree, of as many terms as a power of two. */
export function pairwise(terms: readonly string[]): string {
  const half = terms.length / 2;
  const side = (part: readonly string[]) => (part.length === 1 ? part[0] : `(${pairwise(part)})`);
  return terms.length === 1 ? terms[0] : `${side(terms.slice(0, half))} + ${side(terms.slice(half))}`;
}
