/** The programs of interactive parts of guides, `site/widgets/*.ts`: each is bundled alone, and fetched by pages that have the part. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bundle } from './bundle.ts';
import { docs } from './packages.ts';

const source = join(docs, 'site/widgets');

/** Bundles all of them into `out`, by the names of their files. */
export async function widgets(out: string): Promise<void> {
  const files = readdirSync(source).filter((name) => name.endsWith('.ts'));
  await bundle(source, out, {
    input: Object.fromEntries(files.map((name) => [basename(name, '.ts'), join(source, name)])),
    output: { entryFileNames: '[name].js', assetFileNames: '[name]-[hash][extname]' },
  });
}
