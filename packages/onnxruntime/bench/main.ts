/**
 * float32 logits on the CPU provider, one thread. A million of a sigmoid: our graph against torchvision's, and what `compile` adds
 * to its sessions. Rows of a softmax: our graph against PyTorch's export.
 *
 *     npm run bench -w @focal-loss/onnxruntime -- [--quick] [--only sigmoid | softmax]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { sigmoid } from './sigmoid.ts';
import { softmax } from './softmax.ts';

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' } } });
const rounds = flags.quick ? 11 : 41;
if (flags.only !== 'softmax') await sigmoid(rounds);
if (flags.only !== 'sigmoid') await softmax(rounds);
console.log(`\nMedians of ${rounds} rounds. Node.js ${process.version}, onnxruntime-node, ${cpus()[0]?.model}`);
