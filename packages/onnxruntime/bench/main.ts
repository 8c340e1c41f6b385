/**
 * float32 logits on the CPU provider, one thread. A million of a sigmoid: our graph against torchvision's, and what `compile` adds
 * to its sessions. Rows of a softmax: our graph against PyTorch's export.
 *
 *     npm run bench -w @focal-loss/onnxruntime -- [--quick] [--only sigmoid | softmax] [--keep]
 *
 * `--keep` writes the tables of the README.
 */
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { keepFigures } from '@focal-loss/testing/figures';
import { sigmoid } from './sigmoid.ts';
import { softmax } from './softmax.ts';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string' }, keep: { type: 'boolean' } },
});
const rounds = flags.quick ? 11 : 41;
const races = { sigmoid, softmax };
const tables: Record<string, string[][]> = {};
for (const [name, run] of Object.entries(races)) {
  if (flags.only !== undefined && flags.only !== name) continue;
  console.log(`\n${name}`);
  tables[name] = await run(rounds);
  for (const line of tables[name]) {
    console.log(line.map((cell, i) => (i === 0 ? cell.padEnd(42) : cell.padStart(20))).join(''));
  }
}
console.log(`\nMedians of ${rounds} rounds. Node.js ${process.version}, onnxruntime-node, ${cpus()[0]?.model}`);
const command = `npm run bench -w @focal-loss/onnxruntime${flags.only ? ` -- --only ${flags.only}` : ''}`;
if (flags.keep) keepFigures(fileURLToPath(new URL('..', import.meta.url)), command, tables);
