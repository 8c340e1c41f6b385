/** What adapters weigh, so that nobody loads much without knowing. The build writes it down. */

let sizes: Promise<Readonly<Record<string, number>>> | undefined;

function known(): Promise<Readonly<Record<string, number>>> {
  sizes ??= fetch(new URL('sizes.json', import.meta.url.replace(/[^/]*$/, '')))
    .then((response) => response.json())
    .catch(() => {
      // Then the adapter will not come either, and says why.
      sizes = undefined;
      return {};
    });
  return sizes;
}

/** How many bytes an adapter loads when it is chosen; 0 where that is not known. */
export const bytesOf = async (key: string): Promise<number> => (await known())[key] ?? 0;

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Says beside the names of adapters what they load, where it is worth a word. */
export async function nameSizes(options: readonly HTMLOptionElement[]): Promise<void> {
  for (const option of options) {
    const bytes = await bytesOf(option.value);
    if (bytes > 1e5) option.textContent = `${option.textContent} · ${megabytes(bytes)}`;
  }
}
