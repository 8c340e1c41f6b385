/**
 * Looks at a package as npm would publish it: publint (what the manifest promises exists and is right) and
 * are-the-types-wrong (the types resolve for whoever imports them).
 */
import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/**
 * What is-ESM-only means to are-the-types-wrong: a CommonJS module gets an ES module from `require`. It does, from Node.js
 * 20.19 on, and TypeScript allows it with `module: nodenext` from 5.8 on.
 */
const ESM_ONLY = 'CJSResolvesToESM';

/** What is wrong with a packed package. */
export async function lint(file: string, manifest: object): Promise<string[]> {
  const tarball = new Uint8Array(readFileSync(file));
  const { messages } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
  const promised = messages.map((message) => formatMessage(message, manifest) ?? message.code);
  const types = await checkPackage(createPackageFromTarballData(tarball));
  if (types.types === false) return [...promised, 'has no types'];
  const wrong = types.problems.filter(({ kind }) => kind !== ESM_ONLY);
  return [...promised, ...wrong.map((problem) => JSON.stringify(problem))];
}
