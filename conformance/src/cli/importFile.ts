import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * Imports a module of the user's. Types are taken off by Node where it can, else by tsx if the user has it.
 *
 * @param file An absolute path.
 * @throws if it is TypeScript and nothing here reads that, saying what would.
 */
export async function importFile(file: string): Promise<{ default?: unknown }> {
  const { href } = pathToFileURL(file);
  if (!/\.[cm]?ts$/.test(file) || nodeReadsTypes()) return import(href);
  const { tsImport } = await import(tsxBeside(file));
  return tsImport(href, import.meta.url);
}

/** Node does from 22.18 and 23.6 on. */
const nodeReadsTypes = () => Boolean((process.features as { typescript?: unknown }).typescript);

/** The tsx that is installed where the file is, or here. */
function tsxBeside(file: string): string {
  for (const from of [file, import.meta.url]) {
    try {
      const require = createRequire(from);
      const manifest = require.resolve('tsx/package.json');
      // What `import` would find there; require.resolve finds what `require` would.
      return new URL(require(manifest).exports['./esm/api'].import.default, pathToFileURL(manifest)).href;
    } catch {
      // The next place; at the end there is none.
    }
  }
  throw new Error(
    `Node.js ${process.versions.node} does not read TypeScript: npm install --save-dev tsx, or use Node.js 22.18 or later`,
  );
}
