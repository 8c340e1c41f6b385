/** An element of the page by its id. */
export function element<E extends HTMLElement = HTMLElement>(id: string): E {
  const named = document.getElementById(id);
  if (named === null) throw new Error(`the page has no #${id}`);
  return named as E;
}

/** Leaves things at the playground's element, for tests and for whoever opens the console. */
export const leave = (things: object): void => void Object.assign(element('playground'), things);

/** `12.3 %`. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
