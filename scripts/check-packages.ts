/**
 * Looks at every published package as npm would publish it: publint (what the manifest promises exists and is right)
 * and are-the-types-wrong (the types resolve for whoever imports them). Packages are found by walking.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packages } from '../docs/site/packages.ts';
import { packAll } from './pack.ts';

/**
 * What is-ESM-only means to are-the-types-wrong: a CommonJS module gets an ES module from `require`. It does, from Node.js
 * 20.19 on, and TypeScript allows it with `module: nodenext` from 5.8 on.
 */
const ESM_ONLY = 'CJSResolvesToESM';

/** What is wrong with a packed package. */
async function problemsOf(file: string, manifest: object): Promise<string[]> {
  const tarball = new Uint8Array(readFileSync(file));
  const { messages } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
  const lint = messages.map((message) => formatMessage(message, manifest) ?? message.code);
  const types = await checkPackage(createPackageFromTarballData(tarball));
  if (types.types === false) return [...lint, 'has no types'];
  const wrong = types.problems.filter(({ kind }) => kind !== ESM_ONLY);
  return [...lint, ...wrong.map((problem) => JSON.stringify(problem))];
}

const all = packages();
const folder = mkdtempSync(join(tmpdir(), 'focal-loss-pack-'));
let failed = 0;
try {
  const packed = packAll(
    all.map((pkg) => pkg.folder),
    folder,
  );
  for (const { name, file, files, size } of packed) {
    console.log(`${name}: ${files.length} files, ${(size / 1000).toFixed(1)} kB packed`);
    const manifest = all.find((pkg) => pkg.name === name)?.manifest ?? {};
    for (const problem of await problemsOf(file, manifest)) {
      console.error(`${name}: ${problem}`);
      failed++;
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`${all.length} packages checked, ${failed} problems`);
process.exitCode = failed === 0 ? 0 : 1;
