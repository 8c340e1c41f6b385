/** What the tests of all that `encode` takes do on the GPU: calls that were drawn, targets of every format. */
import { lossFrom, sigmoidFocal, softmaxCrossEntropy, toFloat16Bits } from '@focal-loss/core';
import { compile, type Targets } from '@focal-loss/webgpu';
import type { DrawnCall } from '../draws.ts';
import { download, upload } from './buffers.ts';

/** Drawn calls recorded, with second derivatives where asked for. */
export async function recorded(device: GPUDevice, calls: readonly (DrawnCall & { hess: boolean })[]) {
  const answers: object[] = [];
  for (const { loss: data, logits, targets, options, hess } of calls) {
    const loss = lossFrom(data);
    const run = await compile(loss, { device, prepare: [] });
    const { shape = [], axis, weights } = options;
    const along = axis ?? shape.length - 1;
    const targetShape = loss.link === 'softmax' ? shape.filter((_, i) => i !== along) : shape;
    const rows = targetShape.reduce((all, size) => all * size, 1);
    const count = { none: rows, example: targetShape[0], sum: 1, mean: 1 }[loss.reduction];
    const [value, grad, curves] = [count, logits.length, logits.length].map((n) =>
      upload(device, new Float32Array(n).fill(7)),
    );
    const encoder = device.createCommandEncoder();
    run.encode(encoder, {
      logits: upload(device, logits),
      targets: upload(device, targets),
      targetRows: loss.link === 'softmax' && targets.length === logits.length,
      ...(weights && { weights: upload(device, weights) }),
      shape,
      axis,
      value,
      grad,
      ...(hess && { hess: curves }),
    });
    device.queue.submit([encoder.finish()]);
    answers.push({
      value: await download(device, value),
      grad: await download(device, grad),
      hess: hess ? await download(device, curves) : undefined,
    });
    run.dispose();
  }
  return answers;
}

/** A buffer of whole numbers. */
function whole(device: GPUDevice, numbers: Uint32Array | Int32Array | Uint8Array): GPUBuffer {
  const buffer = device.createBuffer({ size: Math.ceil(numbers.byteLength / 4) * 4, usage: 128 | 8 });
  const bytes = new Uint8Array(buffer.size);
  bytes.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  device.queue.writeBuffer(buffer, 0, bytes);
  return buffer;
}

/** Class indices and hard labels as whole numbers of each format, and what the same as float32 give. */
export async function formats(device: GPUDevice) {
  const results: [string, number[], number[]][] = [];
  const arrays = { uint32: Uint32Array, int32: Int32Array, uint8: Uint8Array } as const;
  for (const dtype of ['float32', 'float16'] as const) {
    // Numbers of logits that are and are not multiples of four.
    for (const [name, loss, shape] of [
      ['labels, 8', sigmoidFocal({ reduction: 'none', ignoreIndex: 3 }), [8]],
      ['labels, 7', sigmoidFocal({ reduction: 'none', ignoreIndex: 3 }), [7]],
      ['positives', sigmoidFocal({ normalizer: 'positives', ignoreIndex: 3 }), [7]],
      ['classes', softmaxCrossEntropy({ reduction: 'none', ignoreIndex: 3 }), [7, 3]],
      ['smoothed', softmaxCrossEntropy({ reduction: 'none', ignoreIndex: 3, labelSmoothing: 0.1 }), [7, 3]],
    ] as const) {
      // Of two to a word, the ends matter.
      if (dtype === 'float16' && !name.startsWith('labels')) continue;
      const n = shape[0];
      const size = n * (shape[1] ?? 1);
      const logits = Float32Array.from({ length: size }, (_, i) => ((i * 37) % 16) / 4 - 2);
      const targets = Array.from({ length: n }, (_, i) => [1, 0, 3, 0, 1][i % 5]);
      const one = async (format: Targets, buffer: GPUBuffer) => {
        const run = await compile(loss, { device, dtype, targets: format, prepare: [] });
        const value = upload(device, new Float32Array(loss.reduction === 'none' ? n : 1));
        const encoder = device.createCommandEncoder();
        const halves = Uint16Array.from({ length: size + (size % 2) }, (_, i) => toFloat16Bits(logits[i] ?? 0));
        const data = dtype === 'float16' ? whole(device, new Uint8Array(halves.buffer)) : upload(device, logits);
        run.encode(encoder, { logits: data, targets: buffer, shape: [...shape], value });
        device.queue.submit([encoder.finish()]);
        const got = Array.from(await download(device, value));
        run.dispose();
        return got;
      };
      const truth = await one('float32', upload(device, targets));
      for (const format of ['uint32', 'int32', 'uint8'] as const) {
        results.push([
          `${dtype}, ${name}, ${format}`,
          await one(format, whole(device, arrays[format].from(targets))),
          truth,
        ]);
      }
    }
  }
  return results;
}

/** What integers give that are read as float32: [loss and format, values]. */
export async function misread(device: GPUDevice) {
  const results: [string, number[]][] = [];
  for (const [loss, shape] of [
    [sigmoidFocal({ reduction: 'none' }), [4]],
    [sigmoidFocal({ reduction: 'none', ignoreIndex: 0 }), [5]],
    [sigmoidFocal({ reduction: 'none', labelSmoothing: 0.1 }), [4]],
    [softmaxCrossEntropy({ reduction: 'none' }), [4, 3]],
    [softmaxCrossEntropy({ reduction: 'none', labelSmoothing: 0.1 }), [4, 3]],
  ] as const) {
    for (const numbers of [Uint32Array.of(1, 1, 2, 1, 1), Int32Array.of(-1, -1, 1, 1, 1)]) {
      const run = await compile(loss, { device, prepare: [] });
      const value = upload(device, new Float32Array(shape[0]));
      const encoder = device.createCommandEncoder();
      const logits = upload(device, new Float32Array(12).fill(1));
      run.encode(encoder, { logits, targets: whole(device, numbers), shape: [...shape], value });
      device.queue.submit([encoder.finish()]);
      results.push([`${loss.name}, ${numbers[0]}`, Array.from(await download(device, value))]);
      run.dispose();
    }
  }
  return results;
}
