/** The loss in the page's address, as data: what is copied from there shows the same loss to somebody else. */
import { type Loss, lossFrom } from '@focal-loss/core';
import { show } from './controls.ts';

/** Sets the form to the loss that the address speaks of, if it speaks of one. */
export function restore(): void {
  const text = decodeURIComponent(location.hash.slice(1));
  if (!text.startsWith('{')) return;
  try {
    show(lossFrom(text));
  } catch (error) {
    // An address may be cut off or of another version: the page begins as without it.
    console.warn(error);
  }
}

/** Writes the loss into the address. */
export function keep(loss: Loss): void {
  const { reduction: _, ...data } = loss.toJSON();
  history.replaceState(null, '', `#${encodeURIComponent(JSON.stringify(data))}`);
}
