/** What the tests of calls with arrays do on the GPU. */
import {
  defineLoss,
  reference,
  sigmoidFocal,
  sigmoidFocalStar,
  softmaxCrossEntropy,
  softmaxFocal,
} from '@focal-loss/core';
import { buffersHeld, compile } from '@focal-loss/webgpu';
import { download, numbers, upload, worst } from './buffers.ts';
import { narrowed, saying } from './saying.ts';

export { largeSum, manyGroups, rare, rows, sizes } from './sums.ts';

/** Inputs larger than what the device binds at once, by a device that says it binds little. */
export async function split(device: GPUDevice) {
  const narrow = narrowed(device, { maxStorageBufferBindingSize: 4096 });
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
  const counting = saying(device, {
    createComputePipeline(descriptor: GPUComputePipelineDescriptor) {
      made++;
      return device.createComputePipeline(descriptor);
    },
    createComputePipelineAsync(descriptor: GPUComputePipelineDescriptor) {
      made++;
      return device.createComputePipelineAsync(descriptor);
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
