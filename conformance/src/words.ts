/** What was thrown, in words. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A word as a shell takes it. */
export const quote = (word: string): string =>
  /^[\w./@=:+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
