/** What the tests of sums and sizes do on the GPU. */
import { reference, sigmoidCrossEntropy, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/webgpu';
import { numbers, worst } from './buffers.ts';
import { limitsOf, saying } from './saying.ts';

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

/**
 * As many workgroups as a GPU gets, and the wide second stage for their sums, by a device that says it is one.
 *
 * @param widest What it says of its workgroups: in compatibility mode 128.
 */
export async function manyGroups(device: GPUDevice, widest = 256) {
  const texts: string[] = [];
  const { subgroupMinSize, subgroupMaxSize } = device.adapterInfo;
  const gpu = saying(device, {
    limits: { ...limitsOf(device), maxComputeInvocationsPerWorkgroup: widest },
    adapterInfo: { isFallbackAdapter: false, subgroupMinSize, subgroupMaxSize },
    createShaderModule(descriptor: GPUShaderModuleDescriptor) {
      texts.push(descriptor.code);
      return device.createShaderModule(descriptor);
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
