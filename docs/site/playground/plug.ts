import type { Backend } from '@focal-loss/conformance';

/**
 * What an adapter's file gives the playground: a backend of the conformance suite, made when the adapter is chosen. The
 * same object draws the curves, is examined and is timed.
 *
 * @throws where the browser lacks what the adapter needs, in words for the reader.
 */
export type Plug = () => Promise<Backend>;
