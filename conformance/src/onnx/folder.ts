import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, type Literal, lossModel, tensorProto } from '@focal-loss/onnx';
import { allowances, formats } from '../compare.ts';
import { loadVectors } from '../load.ts';
import { lossOf } from '../lossOf.ts';
import { areExact } from '../numbers.ts';
import type { Vector } from '../vectors.ts';

/**
 * Writes golden vectors as ONNX's own backend tests lie: a folder a test with `model.onnx` and, in `test_data_set_0`,
 * the inputs (logits, targets) and the truth about the outputs (value, gradient), and `data.json` with how far off an answer
 * may be, which ONNX's runner reads. float32, reduction `'none'`, class indices int64; standard operations only, with no
 * functions, as not every runtime has those.
 *
 * @returns the names of the tests, and how many cases were left out: those of single operations, reductions, weights,
 * ignored entries and refusals, of rows of probabilities, places, other axes and lists of α, of non-finite logits and inputs that float32 does not have, of published figures, which
 * are known to a few digits only, and of truths that one relative tolerance cannot judge.
 */
export async function writeOnnxTests(folder: string): Promise<{ written: string[]; left: number }> {
  const vectors = (await loadVectors()).flatMap(({ cases }) => cases);
  const written: string[] = [];
  for (const vector of vectors) {
    const files = testOf(vector);
    if (files === undefined) continue;
    const name = nameOf(vector);
    const data = join(folder, name, 'test_data_set_0');
    await mkdir(data, { recursive: true });
    const { 'model.onnx': graph, ...tensors } = files;
    await writeFile(join(folder, name, 'model.onnx'), graph);
    for (const [file, bytes] of Object.entries(tensors)) await writeFile(join(data, file), bytes);
    await writeFile(join(folder, name, 'data.json'), `${JSON.stringify({ model_name: name, ...tolerances })}\n`);
    written.push(name);
  }
  return { written, left: vectors.length - written.length };
}

/** As ONNX's runner takes it, which makes a method of it: `test_softmaxFocal_gamma_2_softmax_3`. */
const nameOf = ({ id }: Vector) => `test_${id.replaceAll('-', '_minus_').replace(/\W+/g, '_')}`.replace(/_+$/, '');

/** Those of any float32 device: the shading language of GPUs lets an exponential be off by some ulp, and flushes what is no normal number. */
const tolerances = { rtol: allowances.float32.gpu, atol: 256 * formats.float32.tiny };

/** The files of one test, if the case can be one. */
export function testOf(
  vector: Vector,
): Record<'model.onnx' | 'input_0.pb' | 'input_1.pb' | `output_${0 | 1}.pb`, Bytes> | undefined {
  const { loss: spec, input, expect } = vector;
  const { value, grad, valueScale, gradScale, tolerance } = expect;
  if (spec?.options.reduction !== 'none' || input === undefined || tolerance !== undefined) return undefined;
  if (value === undefined || typeof value === 'number' || grad === undefined) return undefined;
  const { logits, targets, weights, axis, shape = [logits.length] } = input;
  const finite = logits.every(Number.isFinite) && logits.length > 0;
  if (!finite || weights !== undefined || spec.options.ignoreIndex !== undefined) return undefined;
  if (!areExact([...logits, ...targets], 'float32') || overflows(vector, logits)) return undefined;
  if (vanishes(value, valueScale) || vanishes(grad, gradScale)) return undefined;

  const loss = lossOf(vector);
  const isRows = loss.link === 'softmax' && targets.length === logits.length;
  if (axis !== undefined || isRows || loss.targets === 'place' || typeof loss.alpha === 'object') return undefined;
  const rows = [targets.length];
  const tensor = (name: string, values: readonly number[], shape: readonly number[], element: Literal['element']) =>
    tensorProto({ element, shape, values }, name);
  return {
    'model.onnx': lossModel(loss, { shape, wants: ['value', 'grad'], inline: true }),
    'input_0.pb': tensor('logits', logits, shape, 'float32'),
    'input_1.pb': tensor('targets', targets, rows, loss.link === 'softmax' ? 'int64' : 'float32'),
    'output_0.pb': tensor('value', value, rows, 'float32'),
    'output_1.pb': tensor('grad', grad, shape, 'float32'),
  };
}

/** Whether γz, which FL* adds β to, is a number that float32 does not have. */
const overflows = ({ loss }: Vector, logits: readonly number[]) =>
  Math.max(...logits.map(Math.abs)) * Number(loss?.options.gamma ?? 1) > formats.float32.largest;

/** Whether the truth is a difference of far larger terms, so that its error is only small relative to those. */
const vanishes = (truth: readonly number[], scale: readonly number[] | undefined) =>
  scale?.some((size, i) => size > 100 * Math.abs(truth[i])) ?? false;
