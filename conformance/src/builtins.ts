/** What the suite compares with, as it was when the suite was loaded. */
const original = Object.entries({ Object, Number, Math, JSON, Array, 'Array.prototype': Array.prototype }).flatMap(
  ([owner, holder]) =>
    Object.entries(Object.getOwnPropertyDescriptors(holder))
      .filter(([, { value }]) => typeof value === 'function')
      .map(([name, { value }]) => ({ name: `${owner}.${name}`, key: name, holder: holder as object, value })),
);

/** The functions of the language that somebody has replaced since: a suite that computes with them proves nothing. */
export const replacedBuiltins = (): string[] =>
  original
    .filter(({ holder, key, value }) => (holder as Record<string, unknown>)[key] !== value)
    .map(({ name }) => name);
