/** A word as a shell takes it. */
export const quote = (word: string): string =>
  /^[\w./@=:+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
