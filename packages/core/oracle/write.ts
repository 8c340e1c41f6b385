import { readFileSync, writeFileSync } from 'node:fs';
import type { Case } from './case.ts';
import { takeForGranted } from './evaluate.ts';
import { generate, names } from './generate.ts';

/**
 * Writes the vectors; with --check, writes nothing and fails if a file is not what it would write. With --new, only the
 * questions that no file has an answer to are solved: enough for whoever adds a loss, and done in seconds.
 */
const checking = process.argv.includes('--check');

if (process.argv.includes('--new')) {
  for (const name of names) takeForGranted(casesOf(new URL(`../vectors/${name}`, import.meta.url)));
}

for (const [name, text] of generate()) {
  const file = new URL(`../vectors/${name}`, import.meta.url);
  if (!checking) {
    writeFileSync(file, text);

    console.log(`${name}  ${Math.round(text.length / 1024)} KiB`);
  } else if (read(file) !== text) {
    console.error(`${name} is not what the oracle writes: run \`npm run vectors\``);
    process.exitCode = 1;
  }
}

function casesOf(file: URL): Case[] {
  const text = read(file);
  return text === undefined ? [] : JSON.parse(text).cases;
}

function read(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
