/**
 * Looks at every published package as npm would publish it: publint (what the manifest promises exists and is right)
 * and are-the-types-wrong (the types resolve for whoever imports them). Packages are found by walking.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const folders = [...readdirSync('packages').map((name) => join('packages', name)), 'conformance'].filter((folder) =>
  existsSync(join(folder, 'package.json')),
);

/**
 * What is-ESM-only means to are-the-types-wrong: a CommonJS module gets an ES module from `require`. It does, from Node.js
 * 20.19 on, and TypeScript allows it with `module: nodenext` from 5.8 on.
 */
const ESM_ONLY = 'CJSResolvesToESM';

async function problemsOf(folder: string): Promise<string[]> {
  const pkg = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { messages } = await publint({ pkgDir: folder, strict: true });
  const lint = messages.map((message) => formatMessage(message, pkg) ?? message.code);

  const packed = mkdtempSync(join(tmpdir(), 'focal-loss-pack-'));
  try {
    const out = execFileSync('npm', ['pack', '--json', '--pack-destination', packed], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [{ filename, files, size }] = JSON.parse(out.toString());
    console.log(`${pkg.name}: ${files.length} files, ${(size / 1000).toFixed(1)} kB packed`);
    const types = await checkPackage(
      createPackageFromTarballData(new Uint8Array(readFileSync(join(packed, filename)))),
    );
    if (types.types === false) return [...lint, 'has no types'];
    const wrong = types.problems.filter(({ kind }) => kind !== ESM_ONLY);
    return [...lint, ...wrong.map((problem) => JSON.stringify(problem))];
  } finally {
    rmSync(packed, { recursive: true });
  }
}

let failed = 0;
for (const folder of folders) {
  for (const problem of await problemsOf(folder)) {
    console.error(`${folder}: ${problem}`);
    failed++;
  }
}
console.log(`${folders.length} packages checked, ${failed} problems`);
process.exitCode = failed === 0 ? 0 : 1;
