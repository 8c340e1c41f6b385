import { readFileSync, writeFileSync } from 'node:fs';
import { generate } from './generate.ts';

/** Writes the vectors; with --check, writes nothing and fails if a file is not what it would write. */
const checking = process.argv.includes('--check');

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

function read(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
