/** An element of the page by its id. */
export function element<E extends HTMLElement = HTMLElement>(id: string): E {
  const named = document.getElementById(id);
  if (named === null) throw new Error(`the page has no #${id}`);
  return named as E;
}

/** Leaves things at the playground's element, for tests and for whoever opens the console; what is undefined is gone. */
export function leave(things: Readonly<Record<string, unknown>>): void {
  const at = element('playground') as unknown as Record<string, unknown>;
  for (const [name, thing] of Object.entries(things)) {
    if (thing === undefined) delete at[name];
    else at[name] = thing;
  }
}

/** `12.3 %`. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
