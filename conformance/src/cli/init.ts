import { writeFile } from 'node:fs/promises';
import { quote } from '../quote.ts';
import { starter } from './starter.ts';

/** `focal-conformance init [file]`: writes a backend that works, to be made one's own. */
export async function init(file = './my-backend.js'): Promise<void> {
  if (!/\.m?[jt]s$/.test(file)) throw new Error(`${file} is neither a .js nor a .ts file`);
  try {
    // Never over something that is there.
    await writeFile(file, starter, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new Error(`${file} already exists`);
    throw error;
  }
  console.log(`${file} is a backend that passes. Put your implementation into its evaluate, then run

  npx focal-conformance ${quote(file)}
  npx focal-conformance ${quote(file)} --html report.html   with plots of the errors

If it lacks something, say so in supports: { softmax: false }. All fields: ${docs}`);
}

const docs = 'node_modules/@focal-loss/conformance/README.md';
