/**
 * Hard-example mining in a page: the labels that a model finds hardest to believe. ONNX Runtime computes logits on the GPU, and there
 * they stay: `@focal-loss/webgpu` writes a loss for each into a buffer of the same device, and only the losses are read.
 */
import { softmaxFocal } from '@focal-loss/core';
import { appendLoss, compile as compileOnnx } from '@focal-loss/onnxruntime';
import { compile } from '@focal-loss/webgpu';
import * as ort from 'onnxruntime-web/webgpu';
import { classifier, points } from './model.ts';

/** A point and its loss. */
export interface Hard {
  readonly index: number;
  readonly loss: number;
}

const loss = softmaxFocal({ gamma: 2, reduction: 'none' });
const CLASSES = 3;

/** @param wasm Where the files of `onnxruntime-web/dist` are. */
async function open(model: Uint8Array, wasm: string, outputs: Record<string, 'gpu-buffer' | 'cpu'>) {
  ort.env.wasm.wasmPaths = new URL(wasm, globalThis.location.href).href;
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['webgpu'],
    preferredOutputLocation: outputs,
    logSeverityLevel: 3,
  });
  // The device is ONNX Runtime's own: it makes one with its first session, and takes none from outside.
  return { session, device: await ort.env.webgpu.device };
}

/** A buffer with these numbers, for both: ONNX Runtime binds by multiples of 16 bytes. */
function bufferOf(
  device: GPUDevice,
  numbers: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | number,
): GPUBuffer {
  const size = 16 * Math.ceil((typeof numbers === 'number' ? 4 * numbers : numbers.byteLength) / 16);
  const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const buffer = device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  if (typeof numbers !== 'number') device.queue.writeBuffer(buffer, 0, numbers);
  return buffer;
}

/** The `k` points of `n` whose labels cost most, by way of `encode`. */
export async function mine(n: number, k: number, wasm: string) {
  const given = points(n);
  const { session, device } = await open(classifier(), wasm, { logits: 'gpu-buffer' });
  const run = await compile(loss, { device, targets: 'uint32', prepare: [{ value: true, shape: [n, CLASSES] }] });
  const [inputs, targets, value] = [given.points, given.labels, n].map((of) => bufferOf(device, of));

  const read = watched();
  const { logits } = await session.run({
    points: ort.Tensor.fromGpuBuffer(inputs, { dataType: 'float32', dims: [n, 2] }),
  });
  const encoder = device.createCommandEncoder();
  const range = (buffer: GPUBuffer, length: number) => ({ buffer, offset: 0, size: 4 * length });
  run.encode(encoder, {
    logits: range(logits.gpuBuffer as GPUBuffer, n * CLASSES),
    targets: range(targets, n),
    value: range(value, n),
    shape: [n, CLASSES],
  });
  const result = device.createBuffer({ size: 4 * n, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  encoder.copyBufferToBuffer(value, 0, result, 0, 4 * n);
  device.queue.submit([encoder.finish()]);
  await result.mapAsync(GPUMapMode.READ);
  const losses = new Float32Array(result.getMappedRange().slice(0));
  const bytes = read.bytes();

  const { location } = logits;
  run.dispose();
  logits.dispose();
  await session.release();
  for (const buffer of [inputs, targets, value, result]) buffer.destroy();
  return { hardest: hardest(losses, k), losses: Array.from(losses), location, bytes };
}

/** The same by a model with the loss behind its logits, which tells the `k` hardest and leaves all losses on the GPU. */
export async function mineAppended(n: number, k: number, wasm: string) {
  const given = points(n);
  const model = appendLoss(classifier(), loss, {
    logits: 'logits',
    index: 'int32',
    topK: k,
    accumulate: 'float32',
  });
  const { session, device } = await open(model, wasm, {
    logits: 'gpu-buffer',
    loss: 'gpu-buffer',
    topValues: 'cpu',
    topIndices: 'cpu',
  });
  const [inputs, targets] = [given.points, given.labels].map((of) => bufferOf(device, of));
  const out = await session.run({
    points: ort.Tensor.fromGpuBuffer(inputs, { dataType: 'float32', dims: [n, 2] }),
    targets: ort.Tensor.fromGpuBuffer(targets, { dataType: 'int32', dims: [n] }),
  });
  const indices = Array.from(out.topIndices.data as BigInt64Array, Number);
  const values = out.topValues.data as Float32Array;
  const { location } = out.loss;
  out.loss.dispose();
  out.logits.dispose();
  await session.release();
  for (const buffer of [inputs, targets]) buffer.destroy();
  return { hardest: indices.map((index, i): Hard => ({ index, loss: values[i] })), location };
}

/** The same by a loss that ONNX Runtime runs, on tensors as the model leaves them; its gradient stays on the GPU, for whoever trains there. */
export async function mineCompiled(n: number, k: number, wasm: string) {
  const given = points(n);
  const { session, device } = await open(classifier(), wasm, { logits: 'gpu-buffer' });
  const run = await compileOnnx(loss, {
    runtime: ort,
    executionProviders: ['webgpu'],
    strict: true,
    sessionOptions: { logSeverityLevel: 3 },
    preferredOutputLocation: { grad: 'gpu-buffer' },
  });
  const [inputs, targets] = [given.points, given.labels].map((of) => bufferOf(device, of));
  const read = watched();
  const { logits } = await session.run({
    points: ort.Tensor.fromGpuBuffer(inputs, { dataType: 'float32', dims: [n, 2] }),
  });
  const labels = ort.Tensor.fromGpuBuffer(targets, { dataType: 'int32', dims: [n] });
  const { value, grad } = await run.valueAndGrad<ort.Tensor>(logits, labels);
  const bytes = read.bytes();
  const losses = value as Float32Array;
  const slopes = grad as ort.Tensor;
  const { location } = slopes;
  const grads = Array.from((await slopes.getData()) as Float32Array);
  // What is wrong is said before anything runs.
  logits.dispose();
  const said = String(await run.value<ort.Tensor>(logits, labels).catch((error) => error));
  slopes.dispose();
  await run.dispose();
  await session.release();
  for (const buffer of [inputs, targets]) buffer.destroy();
  return { hardest: hardest(losses, k), losses: Array.from(losses), grads, location, bytes, said };
}

const hardest = (losses: Float32Array, k: number): Hard[] =>
  Array.from(losses, (loss, index) => ({ index, loss }))
    .sort((a, b) => b.loss - a.loss)
    .slice(0, k);

/** What the page shows: a list of the hardest, with the labels they were given. */
export async function show(n: number, k: number, wasm: string): Promise<void> {
  const { labels } = points(n);
  const list = document.createElement('ol');
  for (const { index, loss } of (await mine(n, k, wasm)).hardest) {
    const item = document.createElement('li');
    item.textContent = `point ${index}, labelled ${labels[index]}: ${loss.toFixed(3)}`;
    list.append(item);
  }
  document.body.append(list);
}

/** Counts what is read from the GPU from now on: every way to JavaScript goes through `mapAsync`. */
function watched() {
  const { mapAsync } = GPUBuffer.prototype;
  let bytes = 0;
  GPUBuffer.prototype.mapAsync = function (this: GPUBuffer, mode, offset = 0, size = this.size - offset) {
    if (mode === GPUMapMode.READ) bytes += size;
    return mapAsync.call(this, mode, offset, size);
  };
  return {
    bytes() {
      GPUBuffer.prototype.mapAsync = mapAsync;
      return bytes;
    },
  };
}
