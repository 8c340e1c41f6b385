import type { Backend } from '@focal-loss/conformance';
import type { Losses, Race } from './training/race.ts';
import type { Start } from './training/setup.ts';

/** An adapter in the playground. */
export interface Plugged {
  /** A backend of the conformance suite: the same object draws the curves, is examined and is timed. */
  readonly backend: Backend;
  /** Trains where the adapter computes. Without it the models live in JavaScript, and the adapter gets their logits. */
  readonly race?: (losses: Losses, start: Start) => Promise<Race>;
}

/**
 * What an adapter's file gives the playground, made when the adapter is chosen.
 *
 * @throws where the browser lacks what the adapter needs, in words for the reader.
 */
export type Plug = () => Promise<Plugged>;
