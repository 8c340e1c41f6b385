const warned = new Set<string>();

/** Says once, however often it is called, what goes wrong in silence otherwise. */
export function warnOnce(text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  console.warn(text);
}
