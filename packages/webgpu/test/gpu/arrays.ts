/** What the tests of calls with arrays do on the GPU. */
import {
  defineLoss,
  reference,
  sigmoidCrossEntropy,
  sigmoidFocal,
  sigmoidFocalStar,
  softmaxCrossEntropy,
  softmaxFocal,
} from '@focal-loss/core';
import { buffersHeld, compile } from '@focal-loss/webgpu';
import { download, numbers, upload, worst } from './buffers.ts';

/** Sizes that are multiples of nothing, for both dtypes: [size, relative error of value, of gradient]. */
export async function sizes(device: GPUDevice, dtype: 'float32' | 'float16') {
  const loss = sigmoidFocal({ reduction: 'sum' });
  const run = await compile(loss, { device, dtype, prepare: [] });
  const errors: [number, number, number][] = [];
  for (const n of [0, 1, 2, 3, 4, 63, 64, 65, 257, 1024, 1025, 40_000, 40_001]) {
    // Multiples of 1/64, which float16 has too.
    const logits = numbers(n, -500, 500).map((x) => Math.round(x) / 64);
    const targets = logits.map((_, i) => i % 2);
    const truth = reference(loss).valueAndGrad(logits, targets);
    const { value, grad } = await run.valueAndGrad(logits, targets);
    errors.push([
      n,
      worst([value], [truth.value as number]),
      worst(grad, truth.grad, dtype === 'float16' ? 2 ** -14 : undefined),
    ]);
  }
  run.dispose();
  return errors;
}

/** Rows alone, sixteen to a row, and a workgroup to a row; float16 rows of odd length share words. */
export async function rows(device: GPUDevice, dtype: 'float32' | 'float16') {
  const loss = softmaxFocal({ gamma: 1, reduction: 'sum' });
  const run = await compile(loss, { device, dtype, prepare: [] });
  const errors: [number, number, number][] = [];
  for (const [n, classes] of [
    [301, 2],
    [101, 31],
    [33, 33],
    [7, 1001],
    [3, 1025],
    [1, 100_000],
  ]) {
    const logits = numbers(n * classes, -256, 256).map((x) => Math.round(x) / 64);
    const targets = Float32Array.from({ length: n }, (_, i) => (i * 7) % classes);
    const shape = [n, classes];
    const truth = reference(loss).valueAndGrad(logits, targets, { shape });
    const { value, grad } = await run.valueAndGrad(logits, targets, { shape });
    const scale = Math.max(...truth.grad.map(Math.abs));
    const off = Math.max(...grad.map((g, i) => Math.abs(g - truth.grad[i])));
    errors.push([classes, worst([value], [truth.value as number]), off / scale]);
  }
  run.dispose();
  return errors;
}

/**
 * What kernels leave for later among what they do at once: soft labels, labels that are ignored, weights of 0, logits
 * that are far, infinite or NaN. [size and reduction, relative error of value, of gradient].
 */
export async function rare(device: GPUDevice) {
  const errors: [string, number, number][] = [];
  // More than 32 turns an invocation in the last two.
  for (const n of [5, 8, 2051, 2052, 70_003, 270_000]) {
    const logits = numbers(n, -20, 20).map((x, i) => (i % 11 === 0 ? x * 1e30 : i % 1013 === 1 ? Infinity : x));
    const targets = numbers(n, 0, 1, 2).map((u, i) => (i % 7 === 0 ? u : i % 5 === 2 ? -1 : Math.round(u)));
    const weights = numbers(n, 0, 2, 3).map((w, i) => (i % 3 === 0 ? 0 : w));
    for (const reduction of n > 65_536 ? (['sum'] as const) : (['sum', 'none'] as const)) {
      const loss = sigmoidFocal({ gamma: 1.5, alpha: 0.25, ignoreIndex: -1, reduction });
      const run = await compile(loss, { device, prepare: [] });
      const { value, grad } = await run.valueAndGrad(logits, targets, { weights });
      const alone = await run.value(logits, targets, { weights });
      run.dispose();
      const truth = reference(loss).valueAndGrad(logits, targets, { weights });
      const list = (numbers: number | ArrayLike<number>) => (typeof numbers === 'number' ? [numbers] : numbers);
      const expected = Float32Array.from(list(truth.value));
      errors.push([
        `${n}, ${reduction}`,
        Math.max(most(list(value), expected), most(list(alone), expected)),
        // Soft labels make differences of the slope.
        most(grad, Float32Array.from(truth.grad), 0.01),
      ]);
    }
  }
  return errors;
}

/** {@link worst} of more numbers than a call takes arguments. */
const most = (got: ArrayLike<number>, truth: ArrayLike<number>, floor = 1e-30): number => {
  let largest = 0;
  for (let i = 0; i < truth.length; i++) {
    const error = got[i] === truth[i] ? 0 : Math.abs(got[i] - truth[i]) / Math.max(Math.abs(truth[i]), floor);
    if (!(error <= largest)) largest = error;
  }
  return largest;
};

/** Inputs larger than what the device binds at once, by a device that says it binds little. */
export async function split(device: GPUDevice) {
  const narrow = new Proxy(device, {
    get(target, key) {
      if (key === 'limits') return { ...limitsOf(device), maxStorageBufferBindingSize: 4096 };
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const errors: [string, number, number][] = [];
  for (const [name, loss, shape] of [
    ['sigmoid', sigmoidFocal(), [5001]],
    ['none', sigmoidFocal({ reduction: 'none' }), [5001]],
    ['softmax', softmaxCrossEntropy(), [1667, 3]],
  ] as const) {
    const logits = numbers(5001, -9, 9);
    const targets = Float32Array.from({ length: shape[0] }, (_, i) => i % 2);
    const truth = reference(loss).valueAndGrad(logits, targets, { shape: [...shape] });
    const expected = typeof truth.value === 'number' ? [truth.value] : truth.value;
    const run = await compile(loss, { device: narrow, prepare: [] });
    const answer = await run.valueAndGrad(logits, targets, { shape: [...shape] });
    const got = typeof answer.value === 'number' ? [answer.value] : answer.value;
    errors.push([`${name}, arrays`, worst(got, expected), worst(answer.grad, truth.grad)]);

    const [grad, value] = [upload(device, logits), upload(device, expected)];
    const encoder = device.createCommandEncoder();
    const buffers = { logits: upload(device, logits), targets: upload(device, targets), grad, value };
    run.encode(encoder, { ...buffers, shape: [...shape] });
    device.queue.submit([encoder.finish()]);
    errors.push([
      `${name}, buffers`,
      worst(await download(device, value), expected),
      worst(await download(device, grad), truth.grad),
    ]);
    run.dispose();
  }
  const wide = await compile(softmaxFocal(), { device: narrow, prepare: [] });
  const refusal = await wide.value(numbers(4000, 0, 1), [0, 0], { shape: [2, 2000] }).catch(String);
  wide.dispose();
  return { errors, refusal };
}

/**
 * As many workgroups as a GPU gets, and the wide second stage for their sums, by a device that says it is one.
 *
 * @param widest What it says of its workgroups: in compatibility mode 128.
 */
export async function manyGroups(device: GPUDevice, widest = 256) {
  const texts: string[] = [];
  const gpu = new Proxy(device, {
    get(target, key) {
      if (key === 'limits') return { ...limitsOf(device), maxComputeInvocationsPerWorkgroup: widest };
      if (key === 'createShaderModule') {
        return (descriptor: GPUShaderModuleDescriptor) => {
          texts.push(descriptor.code);
          return target.createShaderModule(descriptor);
        };
      }
      if (key === 'adapterInfo') {
        const { subgroupMinSize, subgroupMaxSize } = target.adapterInfo;
        return { isFallbackAdapter: false, subgroupMinSize, subgroupMaxSize };
      }
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const errors: [string, number, number][] = [];
  for (const [name, loss, shape] of [
    ['sigmoid', sigmoidFocal(), [100_001]],
    ['rows alone', softmaxFocal(), [33_333, 3]],
    ['a workgroup to a row', softmaxFocal(), [97, 1030]],
  ] as const) {
    const n = shape.reduce<number>((product, size) => product * size, 1);
    const logits = numbers(n, -9, 9);
    const targets = Float32Array.from({ length: shape[0] }, (_, i) => i % 2);
    const truth = reference(loss).valueAndGrad(logits, targets, { shape: [...shape] });
    const run = await compile(loss, { device: gpu, prepare: [] });
    const { value, grad } = await run.valueAndGrad(logits, targets, { shape: [...shape] });
    run.dispose();
    const off = grad.reduce((most, slope, i) => Math.max(most, Math.abs(slope - truth.grad[i])), 0);
    const scale = truth.grad.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
    errors.push([name, worst([value], [truth.value as number]), off / scale]);
  }
  const sizes = texts.flatMap((text) => /@workgroup_size\((\d+)\)/.exec(text)?.slice(1).map(Number) ?? []);
  if (Math.max(...sizes) !== widest) throw new Error(`workgroups of ${Math.max(...sizes)}`);
  return errors;
}

/** The device with other limits. */
const narrowed = (device: GPUDevice, limits: object): GPUDevice =>
  new Proxy(device, {
    get(target, key) {
      if (key === 'limits') return { ...limitsOf(device), ...limits };
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

/** A snapshot of limits: they are getters of a prototype. */
function limitsOf({ limits }: GPUDevice): Record<string, number> {
  const names = ['maxBufferSize', 'maxStorageBufferBindingSize', 'minStorageBufferOffsetAlignment'] as const;
  return Object.fromEntries(names.map((name) => [name, limits[name]]));
}

/** Many calls at once, each with its own numbers, and what is held before, afterwards, and when all is given back. */
export async function inFlight(device: GPUDevice, calls: number) {
  const loss = sigmoidFocal({ reduction: 'sum' });
  const run = await compile(loss, { device, prepare: [] });
  const inputs = Array.from({ length: calls }, (_, i) => numbers(1 + (i % 50), -5, 5, i));
  const answers = await Promise.all(inputs.map((logits) => run.valueAndGrad(logits, new Uint8Array(logits.length))));
  const errors = answers.map(({ value, grad }, i) => {
    const truth = reference(loss).valueAndGrad(inputs[i], new Uint8Array(inputs[i].length));
    return Math.max(worst([value], [truth.value as number]), worst(grad, truth.grad));
  });
  const held = buffersHeld(device);
  run.dispose();
  return { worst: Math.max(...errors), held, afterwards: buffersHeld(device) };
}

/** What is held after ten calls and after many more. */
export async function leak(device: GPUDevice, calls: number) {
  const run = await compile(sigmoidFocal(), { device, prepare: [] });
  const logits = numbers(16, -5, 5);
  const ask = async (times: number) => {
    for (let done = 0; done < times; done += 100) {
      const some = Array.from({ length: Math.min(100, times - done) }, () =>
        run.valueAndGrad(logits, new Uint8Array(16)),
      );
      await Promise.all(some);
    }
    return buffersHeld(device);
  };
  const early = await ask(10);
  const late = await ask(calls);
  const [x, y, grad, value] = [logits, logits.map(() => 1), logits, [0]].map((data) => upload(device, data));
  const record = (times: number) => {
    for (let i = 0; i < times; i++) {
      const encoder = device.createCommandEncoder();
      run.encode(encoder, { logits: x, targets: y, grad, value });
      device.queue.submit([encoder.finish()]);
    }
    return buffersHeld(device);
  };
  const [first, last] = [record(1), record(300)];
  await device.queue.onSubmittedWorkDone();
  run.dispose();
  return { early, late, first, last, afterwards: buffersHeld(device) };
}

/** How many pipelines it takes to change every number of a loss. */
export async function pipelines(device: GPUDevice) {
  let made = 0;
  const counting = new Proxy(device, {
    get(target, key) {
      const value = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (/^createComputePipeline/.test(String(key))) made++;
        return value.apply(target, args);
      };
    },
  });
  const counts: number[] = [];
  for (const [gamma, alpha, ignoreIndex] of [
    [2.5, 0.25, -1],
    [0.5, 0.75, 255],
    [1.25, 0, -100],
  ]) {
    const loss = sigmoidFocal({ gamma, alpha, ignoreIndex });
    const run = await compile(loss, { device: counting, prepare: [] });
    const { value } = await run.valueAndGrad([1, -2], [1, ignoreIndex]);
    if (worst([value], [reference(loss).value([1, -2], [1, ignoreIndex]) as number]) > 1e-6) throw new Error('wrong');
    counts.push(made);
    run.dispose();
  }
  return counts;
}

/** 10⁷ terms, and the first million of them twice. */
export async function largeSum(device: GPUDevice) {
  const loss = sigmoidCrossEntropy({ reduction: 'sum' });
  const run = await compile(loss, { device, prepare: [] });
  const some = numbers(1e6, -4, 4);
  const logits = new Float32Array(1e7);
  for (let start = 0; start < 1e7; start += 1e6) logits.set(some, start);
  const targets = new Uint8Array(1e7);
  const first = await run.value(logits, targets);
  const [once, again] = [
    await run.value(some, targets.subarray(0, 1e6)),
    await run.value(some, targets.subarray(0, 1e6)),
  ];
  let truth = 0;
  for (const x of some) truth += 10 * (Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0));
  run.dispose();
  return { same: Object.is(once, again), error: Math.abs(first / truth - 1) };
}

/** Losses of a user's own: parameters under any name, a formula that is not symmetric, one that cannot be written down. */
export async function own(device: GPUDevice) {
  const tilted = defineLoss({
    name: 'tilted',
    params: { e: 0.3, while: 2, α: 1e-30 },
    formula: (o, x, y, params) =>
      o.add(
        o.mul(params.e, o.exp(o.mul(o.constant(1e-3), x))),
        o.mul(o.add(y, params.α), o.pow(o.softplus(x), params.while)),
      ),
  });
  const run = await compile(tilted, { device, prepare: [] });
  const logits = numbers(100, -10, 10);
  const targets = numbers(100, 0, 1);
  const got = await run.valueAndGrad(logits, targets);
  const truth = reference(tilted).valueAndGrad(logits, targets);
  run.dispose();
  const broken = defineLoss({ name: 'broken', formula: (o, x) => o.add(x, o.constant(Number.NaN)) });
  const refusal = await compile(broken, { device, prepare: [] }).then(() => 'was compiled', String);
  return { value: worst([got.value], [truth.value as number]), grad: worst(got.grad, truth.grad), refusal };
}

/** What a lost device does to a call under way, and to later ones. */
export async function lost(device: GPUDevice) {
  const run = await compile(sigmoidFocalStar(), { device, prepare: [] });
  const pending = run.value(numbers(1000, -1, 1), new Uint8Array(1000)).then(String, String);
  device.destroy();
  const messages = {
    pending: await pending,
    later: await run.value([1], [1]).then(String, String),
    encode: '',
    compile: '',
  };
  try {
    run.encode({} as GPUCommandEncoder, {} as never);
  } catch (error) {
    messages.encode = String(error);
  }
  messages.compile = await compile(sigmoidFocal(), { device, prepare: [] }).then(() => 'was compiled', String);
  run.dispose();
  return messages;
}

/** The messages of calls and options that make no sense. */
export async function refusals(device: GPUDevice) {
  const run = await compile(sigmoidFocal(), { device, prepare: [] });
  const messages = {
    target: await run.value([1, 2], [1, 2]).catch(String),
    weight: await run.value([1, 2], [1, 0], { weights: [1, -1] }).catch(String),
    length: await run.valueAndGrad([1, 2], [1]).catch(String),
    device: await compile(sigmoidFocal(), {} as never).catch(String),
    options: await compile(sigmoidFocal(), { device, dtype: 'float64', gpu: 1 } as never).catch(String),
    nothing: await compile(undefined as never, { device, prepare: [] }).catch(String),
    factory: await compile(sigmoidFocal as never, { device, prepare: [] }).catch(String),
    noOptions: await compile(sigmoidFocal(), undefined as never).catch(String),
    misspelt: await compile(sigmoidFocal(), { devise: device } as never).catch(String),
    text: await run.value([0, 1, 2, 3], '1010' as never).catch(String),
    set: await run.value(new Set([1]) as never, [1]).catch(String),
    null: await run.value([1], null as never).catch(String),
    textWithin: await run.value(['1', 2] as never, [1, 0]).catch(String),
    nullWithin: await run.value([1, 2], [1, null] as never).catch(String),
    bigints: await run.value(new BigInt64Array(1) as never, [1]).catch(String),
    callOptions: await run.value([1], [1], null as never).catch(String),
    narrow: await compile(sigmoidFocal(), { device: narrowed(device, { maxComputeWorkgroupSizeX: 32 }) }).catch(String),
    axis: await run.value([1], [1], { axis: 0 }).catch(String),
    weightsShape: await run.value([1, 2], [1, 0], { weights: [1, 2, 3], weightsShape: [3] }).catch(String),
    rowsIgnored: await compile(softmaxFocal({ ignoreIndex: 1 }), { device, prepare: [] })
      .then((rows) => rows.value([1, 2], [0.5, 0.5], { shape: [1, 2] }))
      .catch(String),
    logit: await run.posterior([1], { logits: true } as never).catch(String),
    targets: await compile(sigmoidFocal(), { device, targets: 'int8' as never }).catch(String),
    disposed: '' as unknown,
  };
  const answered = run.value([1], [1]);
  run.dispose();
  run.dispose();
  messages.disposed = await run.value([1], [1]).catch(String);
  return { ...messages, stillAnswered: (await answered) > 0 };
}
