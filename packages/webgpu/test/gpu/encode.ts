/** What the tests of `encode` do on the GPU. */
import {
  distributionFocal,
  gaussianFocal,
  type Loss,
  qualityFocal,
  reference,
  sigmoidFocal,
  softmaxFocal,
} from '@focal-loss/core';
import { compile } from '@focal-loss/webgpu';
import { download, numbers, upload, worst } from './buffers.ts';

/** Records one call and reads back what it wrote. */
async function encoded(
  device: GPUDevice,
  loss: Loss,
  data: { logits: ArrayLike<number>; targets: ArrayLike<number>; weights?: ArrayLike<number> },
  options: { shape?: number[]; normalizer?: number; only?: 'value' | 'grad' } = {},
) {
  const run = await compile(loss, { device, prepare: [] });
  const { only, ...call } = options;
  const grad = upload(device, new Float32Array(data.logits.length).fill(7));
  const value = upload(device, new Float32Array(loss.reduction === 'none' ? data.targets.length : 1).fill(7));
  const encoder = device.createCommandEncoder();
  run.encode(encoder, {
    logits: upload(device, data.logits),
    targets: upload(device, data.targets),
    ...(data.weights ? { weights: upload(device, data.weights) } : {}),
    ...(only === 'value' ? {} : { grad }),
    ...(only === 'grad' ? {} : { value }),
    ...call,
  });
  device.queue.submit([encoder.finish()]);
  const answer = { value: await download(device, value), grad: await download(device, grad) };
  run.dispose();
  return answer;
}

/** Each loss against the reference: [name, relative error of value, of gradient]. */
export async function agree(device: GPUDevice): Promise<[string, number, number][]> {
  const n = 1003;
  const logits = numbers(n, -20, 20);
  const hard = numbers(n, 0, 1, 2).map((u) => (u < 0.3 ? 1 : 0));
  const soft = numbers(n, 0, 1, 3);
  const some = hard.map((y, i) => (i % 5 === 0 ? -1 : y));
  const weights = numbers(n, 0, 2, 4).map((w, i) => (i % 7 === 0 ? 0 : w));
  const rows = 59;
  const classes = Float32Array.from({ length: rows }, (_, i) => (i % 6 === 5 ? 255 : i % 17));
  const shape = [rows, 17];
  const alpha = Array.from({ length: 17 }, (_, i) => i / 8);
  const cases: [string, Loss, Parameters<typeof encoded>[2], Parameters<typeof encoded>[3]?][] = [
    ['count', sigmoidFocal({ alpha: 0.25 }), { logits, targets: hard }],
    ['positives', sigmoidFocal({ normalizer: 'positives' }), { logits, targets: soft }],
    ['positives, none', sigmoidFocal({ normalizer: 'positives' }), { logits, targets: new Float32Array(n) }],
    [
      'ones',
      gaussianFocal({ normalizer: 'positives' }),
      { logits, targets: soft.map((u, i) => (i % 9 === 0 ? 1 : u)) },
    ],
    ['ignored', sigmoidFocal({ gamma: 1.5, ignoreIndex: -1 }), { logits, targets: some }],
    ['all ignored', sigmoidFocal({ ignoreIndex: -1 }), { logits, targets: some.map(() => -1) }],
    ['positives, ignored', sigmoidFocal({ normalizer: 'positives', ignoreIndex: -1 }), { logits, targets: some }],
    ['weights', qualityFocal({ normalizer: 'weights' }), { logits, targets: soft, weights }],
    ['no weights', qualityFocal({ normalizer: 'weights', ignoreIndex: -1 }), { logits, targets: some }],
    ['none', sigmoidFocal({ reduction: 'none' }), { logits, targets: soft, weights }],
    ['override', sigmoidFocal({ ignoreIndex: -1 }), { logits, targets: some }, { normalizer: 9 }],
    [
      'softmax',
      softmaxFocal({ normalizer: 'positives', background: 0, ignoreIndex: 255, alpha }),
      { logits: logits.subarray(0, rows * 17), targets: classes },
      { shape },
    ],
  ];
  const errors: [string, number, number][] = [];
  for (const [name, loss, data, options] of cases) {
    const truth = reference(loss).valueAndGrad(data.logits, data.targets, { ...options, weights: data.weights });
    const expected = typeof truth.value === 'number' ? [truth.value] : truth.value;
    const got = await encoded(device, loss, data, options);
    // One part alone is a program of its own: of every other case.
    const isAlone = errors.length % 2 === 1;
    const value = isAlone ? await encoded(device, loss, data, { ...options, only: 'value' }) : got;
    const grad = isAlone ? await encoded(device, loss, data, { ...options, only: 'grad' }) : got;
    // Soft labels make differences of the slope.
    const floor = 0.01 * Math.max(...truth.grad.map(Math.abs));
    errors.push([
      name,
      Math.max(worst(got.value, expected), worst(value.value, expected)),
      Math.max(worst(got.grad, truth.grad, floor), worst(grad.grad, truth.grad, floor)),
    ]);
  }
  return errors;
}

/** Bad targets and weights, which `encode` cannot see, among good ones. */
export async function bad(device: GPUDevice) {
  const logits = [1, 2, 3, 4, 5, 6];
  const targets = [1, 1.5, -1, Number.NaN, 0, 0];
  const weights = [1, 1, 1, 1, -1, 1];
  const sigmoid = await encoded(device, sigmoidFocal({ reduction: 'none' }), { logits, targets, weights });
  const softmax = await encoded(
    device,
    softmaxFocal({ reduction: 'none' }),
    { logits, targets: [0, 2, 0.5] },
    { shape: [3, 2] },
  );
  const sum = await encoded(device, sigmoidFocal(), { logits, targets });
  return { sigmoid, softmax, sum };
}

/** Buffers shared by several arrays, one behind the other, and longer than the shape says. */
export async function parts(device: GPUDevice) {
  const loss = sigmoidFocal({ reduction: 'sum' });
  const run = await compile(loss, { device, prepare: [] });
  const data = new Float32Array(256);
  const logits = numbers(65, -5, 5);
  data.set(logits, 64);
  data.set([1, 0, 1], 192);
  const buffer = upload(device, data);
  const out = upload(device, new Float32Array(256).fill(7));
  const encoder = device.createCommandEncoder();
  run.encode(encoder, {
    logits: { buffer, offset: 256 },
    targets: { buffer, offset: 768, size: 256 },
    shape: [3],
    grad: { buffer: out, offset: 256, size: 12 },
    value: { buffer: out, offset: 512 },
  });
  device.queue.submit([encoder.finish()]);
  const written = await download(device, out);
  run.dispose();
  const truth = reference(loss).valueAndGrad(logits.slice(0, 3), [1, 0, 1]);
  return {
    grad: worst(written.slice(64, 67), truth.grad),
    value: worst(written.slice(128, 129), [truth.value as number]),
    untouched: written.filter((x) => x === 7).length,
  };
}

/** The messages of everything that cannot be recorded. */
export async function refusals(device: GPUDevice): Promise<Record<string, string>> {
  const run = await compile(sigmoidFocal(), { device });
  const rowwise = await compile(softmaxFocal({ alpha: [1, 2, 3] }), { device });
  const places = await compile(distributionFocal(), { device });
  const buffer = upload(device, new Float32Array(128));
  const targets = upload(device, new Float32Array(128));
  const grad = upload(device, new Float32Array(128));
  const copied = device.createBuffer({ size: 512, usage: 4 | 8 });
  const small = upload(device, new Float32Array(64));
  const mapped = device.createBuffer({ size: 512, usage: 128, mappedAtCreation: true });
  const encoder = device.createCommandEncoder();
  const messages: Record<string, string> = {};
  const refused = (name: string, options: object, compiled: typeof run = run) => {
    try {
      compiled.encode(encoder, { logits: buffer, targets, grad, ...options });
      messages[name] = 'was recorded';
    } catch (error) {
      messages[name] = String(error);
    }
  };
  refused('usage', { logits: copied, grad: copied });
  refused('offset', { targets: { buffer: targets, offset: 4 } });
  refused('size', { targets: { buffer: targets, offset: 256, size: 512 } });
  refused('short', { targets: small });
  refused('no buffer', { logits: new Float32Array(4) });
  refused('nothing to do', { grad: undefined });
  refused('overlap', { grad: buffer });
  refused('mapped', { logits: mapped });
  refused('unknown', { labels: targets });
  refused('offset beyond the end', { logits: { buffer, offset: 1024 } });
  refused('size null', { logits: { buffer, size: null } });
  refused('a range that says length', { logits: { buffer, length: 4 } });
  const both = upload(device, new Float32Array(256));
  refused('gradient behind the logits', { logits: { buffer: both, size: 512 }, grad: { buffer: both, offset: 512 } });
  refused('normalizer', { normalizer: 0 });
  refused('shape', {}, rowwise);
  refused('alpha', { shape: [4, 2] }, rowwise);
  refused('axis', { shape: [4, 3], axis: 2 });
  refused('rows', { shape: [4, 3], targetRows: true });
  refused('rows of places', { shape: [4, 3], targetRows: true }, places);
  refused('hess', { shape: [128], hess: grad, grad: undefined });
  refused('hess overlaps', { hess: grad });
  refused('weights that broadcast', { weightsShape: [1] });
  refused('text', { logits: 'logits' });
  refused('null', { targets: null });
  const raw = (name: string, ...args: unknown[]) => {
    try {
      (run.encode as (...args: unknown[]) => void)(...args);
      messages[name] = 'was recorded';
    } catch (error) {
      messages[name] = String(error);
    }
  };
  raw('no options', encoder);
  raw('nothing');
  raw('no encoder', {}, { logits: buffer, targets, grad });
  for (const [name, loss, prepare] of [
    ['prepared for another number of classes', softmaxFocal({ alpha: [1, 2, 3] }), { shape: [4, 2] }],
    ['prepared for rows of labels', sigmoidFocal(), { targetRows: true }],
    ['prepared for the denominator of a sum', sigmoidFocal({ reduction: 'sum' }), { normalizer: true }],
    ['prepared for no scale', sigmoidFocal(), { scale: Number.NaN }],
    ['prepared to add what is not written', sigmoidFocal(), { grad: true, accumulate: ['value'] }],
    ['prepared for a hole', sigmoidFocal(), undefined],
  ] as const) {
    messages[name] = await compile(loss as Loss, { device, prepare: [prepare as object] }).then(
      () => 'was made',
      String,
    );
  }
  run.dispose();
  refused('disposed', {});
  rowwise.dispose();
  places.dispose();
  return messages;
}
