/** What the tests of calls do whose kind, or whose buffers, a loss has seen before. */
import { sigmoidFocal } from '@focal-loss/core';
import { compile, type EncodeOptions } from '@focal-loss/webgpu';
import { download, numbers, upload } from './buffers.ts';

const loss = sigmoidFocal({ gamma: 1.5, normalizer: 'positives' });

/** Calls one after the other, each as a loss that has seen none before it answers: the names of those that differ. */
export async function remembered(device: GPUDevice): Promise<string[]> {
  const run = await compile(loss, { device, prepare: [] });
  const n = 200;
  const [x, y, more, far] = [
    numbers(n, -9, 9),
    numbers(n, 0, 1, 2).map(Math.round),
    numbers(n, -3, 3, 3),
    numbers(4096, -9, 9, 4),
  ].map((data) => upload(device, data));
  const weights = upload(device, numbers(n, 0, 2, 5));
  const [half, three] = [upload(device, [0.5]), upload(device, [3])];
  const shape = [n];
  const outputs = Array.from({ length: 6 }, () => ({
    grad: upload(device, new Float32Array(4096)),
    value: upload(device, [0]),
  }));
  const calls: [string, EncodeOptions][] = [
    ['the first', { logits: x, targets: y, shape, ...outputs[0] }],
    ['the same again', { logits: x, targets: y, shape, ...outputs[0] }],
    ['another gradient', { logits: x, targets: y, shape, ...outputs[1] }],
    ['other logits', { logits: more, targets: y, shape, ...outputs[0] }],
    ['elsewhere in a buffer', { logits: { buffer: far, offset: 1024 }, targets: y, shape, ...outputs[0] }],
    ['elsewhere again', { logits: { buffer: far, offset: 2048, size: 800 }, targets: y, shape, ...outputs[0] }],
    ['fewer', { logits: x, targets: y, shape: [n - 1], ...outputs[0] }],
    ['no shape', { logits: { buffer: x, size: 400 }, targets: y, ...outputs[0] }],
    ['no shape, more', { logits: { buffer: x, size: 404 }, targets: y, ...outputs[0] }],
    ['weights', { logits: x, targets: y, shape, weights, ...outputs[0] }],
    ['a scale', { logits: x, targets: y, shape, scale: 2, ...outputs[0] }],
    ['another', { logits: x, targets: y, shape, scale: 3, ...outputs[0] }],
    ['one in a buffer', { logits: x, targets: y, shape, scale: half, ...outputs[0] }],
    ['another buffer', { logits: x, targets: y, shape, scale: three, ...outputs[0] }],
    ['a normalizer', { logits: x, targets: y, shape, normalizer: 7, ...outputs[0] }],
    ['in a buffer', { logits: x, targets: y, shape, normalizer: three, ...outputs[0] }],
    ['added', { logits: x, targets: y, shape, accumulate: true, ...outputs[0] }],
    ['values added', { logits: x, targets: y, shape, accumulate: ['value'], ...outputs[0] }],
    ['value alone', { logits: x, targets: y, shape, value: outputs[0].value }],
    ...outputs.map((to, i): [string, EncodeOptions] => [`of many, ${i}`, { logits: x, targets: y, shape, ...to }]),
    ['more than room was made for', { logits: far, targets: far, shape: [4096], ...outputs[0] }],
    ['the first once more', { logits: x, targets: y, shape, ...outputs[0] }],
  ];
  const wrong: string[] = [];
  for (const [name, call] of calls) {
    const answers: string[] = [];
    for (const encode of [run.encode, (await compile(loss, { device, prepare: [] })).encode]) {
      const encoder = device.createCommandEncoder();
      for (const { grad, value } of outputs) {
        encoder.clearBuffer(grad);
        encoder.clearBuffer(value);
      }
      encode(encoder, call);
      device.queue.submit([encoder.finish()]);
      const all = await Promise.all(
        outputs.flatMap(({ grad, value }) => [download(device, grad), download(device, value)]),
      );
      answers.push(all.map((words) => new Uint32Array(words.buffer).join()).join());
    }
    if (answers[0] !== answers[1]) wrong.push(name);
  }
  run.dispose();
  return wrong;
}

/** What is still refused of a kind of call that was taken before. */
export async function refusedLater(device: GPUDevice): Promise<string[]> {
  const run = await compile(loss, { device, prepare: [] });
  const [logits, targets, grad] = [1, 2, 3].map(() => upload(device, new Float32Array(128)));
  const shape = [128];
  const base = { logits, targets, grad, shape };
  const encoder = device.createCommandEncoder();
  run.encode(encoder, base);
  const both = device.createBuffer({ size: 512, usage: 128 | 8, mappedAtCreation: true });
  const pass = device.createCommandEncoder().beginComputePass();
  const timestampWrites = { querySet: {} as GPUQuerySet };
  shape[0] = 129;
  const messages = [
    [encoder, base],
    [encoder, { ...base, shape: [128], logits: both }],
    [encoder, { ...base, shape: [128], grad: logits }],
    [encoder, { ...base, shape: [128], grad: { buffer: grad, offset: 256 } }],
    [encoder, { ...base, shape: [128], grad: { buffer: grad, offset: 4 } }],
    [encoder, { ...base, shape: [128], targets: device.createBuffer({ size: 512, usage: 8 }) }],
    [encoder, { ...base, shape: [128], lables: targets }],
    [encoder, { ...base, shape: [128], targetRows: null }],
    [encoder, { ...base, shape: [128], timestampWrites: {} }],
    [pass, { ...base, shape: [128], timestampWrites }],
  ].map(([to, options]) => {
    try {
      run.encode(to as GPUCommandEncoder, options as EncodeOptions);
      return 'was recorded';
    } catch (error) {
      return String(error);
    }
  });
  pass.end();
  both.unmap();
  run.dispose();
  return messages;
}
