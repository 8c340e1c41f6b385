/** The state in the page's address. */
import { format, parse, type State } from './state.ts';

/** What the address says. */
export const kept = (adapters: readonly string[]): State => parse(location.hash.slice(1), adapters);

/** Writes a state into the address, without a step for the way back. */
export function keep(state: State): void {
  history.replaceState(null, '', `#${format(state)}`);
}

/** A state with something else, in the words of an address: of two that say the same the first is heard. */
export const tried = (state: State, words: string, adapters: readonly string[]): State =>
  parse(`${words}&view=training&${format(state)}`, adapters);
