/** Parts of the program that are fetched when they are wanted. */

/** How often each part failed so far. */
const failures = new Map<string, number>();

/** Says that a part is of no use as it was loaded, so that the next time it is fetched anew. */
export function forget(name: string): void {
  failures.set(name, (failures.get(name) ?? 0) + 1);
}

/**
 * The module `name`. A browser keeps an import that failed for ever, so that after a lost connection only another address is
 * ever asked for: each try has one.
 *
 * @throws in words for the reader, where it did not come.
 */
export async function part<Module>(name: string): Promise<Module> {
  const failed = failures.get(name) ?? 0;
  // All files of the program lie in one folder.
  const url = new URL(`${name}.js${failed > 0 ? `?again=${failed}` : ''}`, import.meta.url.replace(/[^/]*$/, ''));
  try {
    return await import(/* @vite-ignore */ url.href);
  } catch (error) {
    forget(name);
    throw new Error(`${name} did not load. Is the connection there? (${words(error)})`, { cause: error });
  }
}

/** What an error says to the reader. */
export const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
