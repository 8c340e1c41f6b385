/** What the tests of training loops do on the GPU. */
import { fromFloat16Bits, type Loss, reference, sigmoidFocal, softmaxFocal, toFloat16Bits } from '@focal-loss/core';
import { compile, type EncodeOptions, type WebGpuLoss } from '@focal-loss/webgpu';
import { download, numbers, upload, worst } from './buffers.ts';

export { refusedLater, remembered } from './remembered.ts';

/** Records with an encoder of its own, and submits. */
function submit(device: GPUDevice, record: (encoder: GPUCommandEncoder) => void): void {
  const encoder = device.createCommandEncoder();
  record(encoder);
  device.queue.submit([encoder.finish()]);
}

const sameBits = (a: Float32Array, b: Float32Array) =>
  new Uint32Array(a.buffer).join() === new Uint32Array(b.buffer).join();

/** The same call in an encoder, in a pass that is open, and bound, twice. */
export async function ways(device: GPUDevice) {
  const run = await compile(sigmoidFocal({ gamma: 1.5, normalizer: 'positives' }), { device });
  const [logits, targets] = [numbers(1001, -9, 9), numbers(1001, 0, 1, 2).map(Math.round)];
  const buffers = { logits: upload(device, logits), targets: upload(device, targets) };
  const results: Float32Array[] = [];
  for (const record of [
    (encoder: GPUCommandEncoder, to: EncodeOptions) => run.encode(encoder, to),
    (encoder: GPUCommandEncoder, to: EncodeOptions) => {
      const pass = encoder.beginComputePass();
      run.encode(pass, to);
      pass.end();
    },
    (encoder: GPUCommandEncoder, to: EncodeOptions) => run.bind(to).encode(encoder),
    (encoder: GPUCommandEncoder, to: EncodeOptions) => {
      const bound = run.bind(to);
      const pass = encoder.beginComputePass();
      bound.encode(pass);
      bound.encode(pass);
      pass.end();
    },
  ]) {
    const [grad, value] = [upload(device, logits), upload(device, [7])];
    submit(device, (encoder) => record(encoder, { ...buffers, grad, value }));
    results.push(Float32Array.from([...(await download(device, grad)), ...(await download(device, value))]));
  }
  const truth = reference(sigmoidFocal({ gamma: 1.5, normalizer: 'positives' })).valueAndGrad(logits, targets);
  run.dispose();
  return {
    same: results.every((one) => sameBits(one, results[0])),
    error: worst(results[0], [...truth.grad, truth.value as number]),
  };
}

/**
 * Levels of a pyramid, whose positives are counted together: gradients are added to what is there, values into one. Each is as a
 * call of all levels at once, times the scale, from a number or from a buffer. [name, error].
 */
export async function levels(device: GPUDevice) {
  const errors: [string, number][] = [];
  for (const [name, dtype, loss, sizes, classes] of [
    [
      'sigmoid',
      'float32',
      sigmoidFocal({ alpha: 0.25, normalizer: 'positives', ignoreIndex: -1 }),
      [400, 100, 25, 0],
      1,
    ],
    ['sigmoid', 'float16', sigmoidFocal({ alpha: 0.25 }), [84, 25], 1],
    ['softmax', 'float32', softmaxFocal({ normalizer: 'positives', background: 0 }), [64, 16], 3],
    ['softmax', 'float16', softmaxFocal({ normalizer: 'positives', background: 0 }), [9, 4], 3],
  ] as const) {
    const half = dtype === 'float16';
    const n = sizes.reduce<number>((all, size) => all + size, 0);
    const logits = numbers(n * classes, -4, 4).map((x) => Math.round(64 * x) / 64);
    const targets = numbers(n, 0, 1, 2).map((u, i) =>
      classes > 1 ? Math.floor(u * classes) : loss.ignoreIndex !== undefined && i % 7 === 0 ? -1 : Math.round(u),
    );
    const before = 0.5;
    const put = (data: Float32Array) => {
      if (!half) return upload(device, data);
      const bits = Uint16Array.from({ length: data.length + (data.length % 2) }, (_, i) => toFloat16Bits(data[i] ?? 0));
      return upload(device, new Float32Array(bits.buffer));
    };
    const run = await compile(loss, { device, dtype, prepare: [] });
    const [count, value, factor] = [upload(device, [0]), upload(device, [before]), upload(device, [3])];
    let from = 0;
    const parts = sizes.map((size) => {
      const [x, y] = [logits.slice(from * classes, (from + size) * classes), targets.slice(from, from + size)];
      from += size;
      const shape = classes > 1 ? [size, classes] : [size];
      return { logits: put(x), targets: upload(device, y), grad: put(x.map(() => before)), shape, length: x.length };
    });
    for (const scale of [3, factor]) {
      submit(device, (encoder) => {
        parts.forEach(({ targets, shape }, i) => {
          run.countPositives(encoder, { targets, shape, into: count, accumulate: i > 0 });
        });
        for (const { length: _, ...buffers } of parts) {
          run.encode(encoder, { ...buffers, value, normalizer: count, scale, accumulate: ['grad', 'value'] });
        }
      });
    }
    const shape = classes > 1 ? [n, classes] : [n];
    const positives = targets.reduce((sum, y) => sum + (classes > 1 ? Number(y !== 0) : Math.max(y, 0)), 0);
    const truth = reference(loss).valueAndGrad(logits, targets, { shape, normalizer: positives });
    const gradients: number[] = [];
    for (const { grad, length } of parts) {
      const words = await download(device, grad);
      gradients.push(...(half ? Array.from(new Uint16Array(words.buffer), fromFloat16Bits) : words).slice(0, length));
    }
    run.dispose();
    const expected = Array.from(truth.grad, (slope) => before + 6 * slope);
    const title = `${name}, ${dtype}`;
    errors.push([`${title}: count`, worst(await download(device, count), [positives])]);
    errors.push([`${title}: value`, worst(await download(device, value), [before + 6 * (truth.value as number)])]);
    errors.push([`${title}: gradient`, worst(gradients, expected, half ? 1000 : 0.5)]);
  }
  return errors;
}

/** Losses of their own, scaled and added. [name, error]. */
export async function each(device: GPUDevice) {
  const errors: [string, number][] = [];
  // Without second derivatives four logits go together.
  for (const [loss, shape, isCurved] of [
    [sigmoidFocal({ reduction: 'none' }), [8], true],
    [sigmoidFocal({ reduction: 'none' }), [8], false],
    [sigmoidFocal({ reduction: 'example' }), [2, 4], true],
    [sigmoidFocal({ reduction: 'example' }), [2, 4], false],
    [softmaxFocal({ reduction: 'none' }), [4, 2], true],
  ] as [Loss, number[], boolean][]) {
    const logits = numbers(8, -4, 4);
    const targets = loss.link === 'softmax' ? [0, 1, 1, 0] : [1, 0, 0, 1, 0, 1, 0, 0];
    const run = await compile(loss, { device, prepare: [] });
    const truth = reference(loss).valueAndGrad(logits, targets, { shape });
    const count = loss.reduction === 'example' ? shape[0] : targets.length;
    const [value, grad, hess] = [count, 8, 8].map((n) => upload(device, new Float32Array(n).fill(2)));
    const inputs = { logits: upload(device, logits), targets: upload(device, targets), shape };
    const added = isCurved ? (['grad', 'hess'] as const) : (['grad'] as const);
    const parts = { value, grad, ...(isCurved && { hess }) };
    submit(device, (encoder) =>
      run.encode(encoder, { ...inputs, ...parts, scale: 0.5, accumulate: ['value', ...added] }),
    );
    const curves = reference(loss).valueGradHess(logits, targets, { shape }).hess;
    run.dispose();
    for (const [part, expected] of [
      ['value', truth.value as Float64Array],
      ['grad', truth.grad],
      ...(isCurved ? [['hess', curves] as const] : []),
    ] as const) {
      const got = await download(device, parts[part] as GPUBuffer);
      errors.push([
        `${loss.name}, ${loss.reduction}, ${part}`,
        worst(
          got,
          Array.from(expected, (x) => 2 + x / 2),
          1,
        ),
      ]);
    }
  }
  return errors;
}

/** The sums of three examples without entries, where other numbers lay. */
export async function nothing(device: GPUDevice): Promise<number[]> {
  const run = await compile(sigmoidFocal({ reduction: 'example' }), { device, prepare: [] });
  const [logits, targets] = [[0], [0]].map((data) => upload(device, data));
  const value = upload(device, [7, 8, 9, 10]);
  const none = { size: 0 };
  submit(device, (encoder) =>
    run.encode(encoder, {
      logits: { buffer: logits, ...none },
      targets: { buffer: targets, ...none },
      value,
      shape: [3, 0],
    }),
  );
  run.dispose();
  return [...(await download(device, value))];
}

/** A denominator in a buffer that is none. */
export async function badCount(device: GPUDevice) {
  const run = await compile(sigmoidFocal(), { device, prepare: [] });
  const [logits, targets, value] = [[1], [1], [7]].map((data) => upload(device, data));
  const values: number[] = [];
  for (const count of [Number.NaN, -1, 0, 2]) {
    submit(device, (encoder) => run.encode(encoder, { logits, targets, value, normalizer: upload(device, [count]) }));
    values.push((await download(device, value))[0]);
  }
  const truth = reference(sigmoidFocal()).value([1], [1]) as number;
  run.dispose();
  return { values, half: truth / 2 };
}

/** A device that keeps the names of what is made by it. */
function watched(device: GPUDevice, made: [method: string, label: string][]): GPUDevice {
  return new Proxy(device, {
    get(target, key) {
      const value = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: { label?: string }[]) => {
        if (/^create/.test(String(key))) made.push([String(key), args[0]?.label ?? '']);
        return value.apply(target, args);
      };
    },
  });
}

/** What is made when a call is prepared, and when it is not, and what is said about it. */
export async function preparing(device: GPUDevice) {
  const made: [string, string][] = [];
  const own = watched(device, made);
  const said: string[] = [];
  const { warn } = console;
  console.warn = (text: string) => said.push(text);
  const [logits, targets, weights, grad, value] = [4, 4, 4, 4, 1].map((n) => upload(device, new Float32Array(n)));
  const blocked: Record<string, number> = {};
  const record = (name: string, run: WebGpuLoss, options: Omit<EncodeOptions, 'logits' | 'targets'>) => {
    const from = made.length;
    submit(device, (encoder) => run.encode(encoder, { logits, targets, ...options }));
    blocked[name] = made.slice(from).filter(([method]) => method === 'createComputePipeline').length;
  };
  try {
    const loop = await compile(sigmoidFocal({ normalizer: 'positives' }), { device: own });
    record('default, as in a loop', loop, { grad, value });
    const some = await compile(sigmoidFocal(), { device: own, prepare: [{ weights: true, grad: true, shape: [4] }] });
    record('as prepared', some, { weights, grad });
    record('not prepared', some, { weights, grad, value, scale: 2 });
    record('nor this', some, { value });
    const none = await compile(sigmoidFocal({ gamma: 1 }), { device: own, prepare: [] });
    record('nothing prepared', none, { value });
    const before = made.length;
    await none.valueAndGrad([1, 2, 3], [0, 1, 1]);
    await none.posterior([1]);
    blocked['calls with arrays'] = made.slice(before).filter(([method]) => method === 'createComputePipeline').length;
    for (const run of [loop, some, none]) run.dispose();
  } finally {
    console.warn = warn;
  }
  const refusal = await compile(sigmoidFocal(), { device, prepare: [{ weights: 1 }] } as never).catch(String);
  return { blocked, said, labels: [...new Set(made.map(([method, label]) => `${method}: ${label}`))].sort(), refusal };
}

/** Waits for pipelines while the caller changes the arrays and gives the loss back. */
export async function changing(device: GPUDevice) {
  const loss = sigmoidFocal({ gamma: 3, reduction: 'sum' });
  const run = await compile(loss, { device, prepare: [] });
  const [logits, targets] = [Float32Array.of(1, 2), [1, 0]];
  const waiting = run.valueAndGrad(logits, targets);
  logits.fill(9);
  targets.fill(1);
  run.dispose();
  const { value } = await waiting;
  return worst([value], [reference(loss).value([1, 2], [1, 0]) as number]);
}

/** The messages of what cannot be recorded. */
export async function refusals(device: GPUDevice) {
  const run = await compile(sigmoidFocal({ reduction: 'sum' }), { device, prepare: [] });
  const rows = await compile(softmaxFocal(), { device, prepare: [] });
  const [logits, targets, grad] = [1, 2, 3].map(() => upload(device, new Float32Array(64)));
  const encoder = device.createCommandEncoder();
  const pass = device.createCommandEncoder().beginComputePass();
  const timestampWrites = { querySet: {} as GPUQuerySet };
  const base = { logits, targets, grad };
  const messages: Record<string, string> = {};
  for (const [name, record] of Object.entries({
    'timestamps of an open pass': () => run.encode(pass, { ...base, timestampWrites }),
    'bound, timestamps of an open pass': () => run.bind({ ...base, timestampWrites }).encode(pass),
    'bound, no encoder': () => run.bind(base).encode({} as never),
    'a normalizer of a sum': () => run.encode(encoder, { ...base, normalizer: upload(device, [1]) }),
    scale: () => run.encode(encoder, { ...base, scale: Number.NaN }),
    'scale overlaps': () => run.encode(encoder, { ...base, scale: grad }),
    accumulate: () => run.encode(encoder, { ...base, accumulate: ['slope'] as never }),
    'accumulate what is not written': () => run.encode(encoder, { ...base, accumulate: ['grad', 'value'] }),
    'count into itself': () => run.countPositives(encoder, { targets, into: targets }),
    'count of no background': () => rows.countPositives(encoder, { targets, into: grad }),
    'count of nothing': () => run.countPositives(encoder, { into: grad } as never),
  })) {
    try {
      record();
      messages[name] = 'was recorded';
    } catch (error) {
      messages[name] = String(error);
    }
  }
  pass.end();
  run.dispose();
  rows.dispose();
  return messages;
}
