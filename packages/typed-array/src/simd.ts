import type { Loss } from '@focal-loss/core';
import { gather } from './arrays.ts';
import type { Engine, Job } from './engine.ts';
import { javascriptEngine } from './javascript.ts';
import { elementwise, serves } from './kernel.ts';
import { newLanes } from './lanes.ts';
import { LAYOUT, SIMD_BLOCK, setScales, settingsOf } from './memory.ts';
import { loadScales } from './reduce.ts';
import { simdKernels } from './wasm.generated.ts';
import type { SimdMemory } from './wasm.ts';

/** The typed arrays whose entries go into float32 without a check of each. */
const NARROW = [
  Float32Array,
  Uint8Array,
  Int8Array,
  Int32Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Uint32Array,
];

/**
 * The engine for float32 logits, four at a time: sigmoid losses of hard labels and softmax losses. Blocks it cannot
 * take (soft labels, logits that are not finite) go to the JavaScript engine, one by one.
 *
 * @returns Undefined where there is no kernel for the loss.
 */
export function simdEngine(loss: Loss, classes: number, memory: SimdMemory): Engine | undefined {
  return loss.link === 'sigmoid' ? sigmoidEngine(loss, memory) : softmaxEngine(loss, classes, memory);
}

function sigmoidEngine(loss: Loss, memory: SimdMemory): Engine | undefined {
  const { exports, x, y, weight, value, grad, counts } = memory;
  const { formula, params, alpha, ignoreIndex } = loss;
  const found = simdKernels.find((written) => written.formula === formula && serves(written.when, params));
  // What is ignored and 0 or 1 at the same time, or no float32, is the other engine's.
  const odd = ignoreIndex === 0 || ignoreIndex === 1 || Math.abs(ignoreIndex ?? 0) > 2 ** 24;
  if (found === undefined || odd) return undefined;
  const kernels = { value: exports[found.name], grad: exports[`${found.name}Grad`] };
  const settings = settingsOf(Object.values(params));
  const fallback = javascriptEngine(loss, 1);
  const [positive, negative] = typeof alpha === 'number' ? [alpha, 1 - alpha] : [1, 1];

  /** Fills the targets, padded to whole vectors; false if one of them cannot be a float32 0, 1 or ignored. */
  function loadTargets({ targets }: Job, first: number, n: number): boolean {
    if (NARROW.some((Kind) => targets instanceof Kind)) {
      y.set(part(targets as Float32Array, first, n));
    } else {
      for (let i = 0; i < n; i++) {
        const target = targets[first + i];
        if (target !== 0 && target !== 1 && target !== ignoreIndex) return false;
        y[i] = target;
      }
    }
    y.fill(0, n, padded(n));
    return true;
  }

  const needsWeights = (job: Job, n: number) =>
    job.weights !== undefined || ignoreIndex !== undefined || n !== padded(n);

  /** Fills targets and weights; false if a target is neither 0, nor 1, nor ignored. */
  function load(job: Job, first: number, n: number): boolean {
    const there = job.there === first && ignoreIndex === undefined;
    if (!there && !loadTargets(job, first, n)) return false;
    if (job.weights !== undefined) gather(job.weights, first, n, weight);
    else if (needsWeights(job, n)) weight.fill(1, 0, n);
    // What pads the last vector counts nothing.
    weight.fill(0, n, padded(n));
    return (job.hard && ignoreIndex === undefined) || exports.prepare(padded(n), ignoreIndex ?? Number.NaN) === 1;
  }

  return {
    block: SIMD_BLOCK,
    tally(job, totals, first, n) {
      if (job.weights === undefined && loadTargets(job, first, n)) {
        if (exports.prepare(padded(n), ignoreIndex ?? Number.NaN) === 1) {
          const [ones, ignored] = counts;
          totals.count += n - ignored;
          totals.weights += n - ignored;
          totals.positives += ones;
          job.there = first;
          return;
        }
      }
      job.hard = false;
      fallback.tally(job, totals, first, n);
    },
    run(job, divide, first, n) {
      const loaded = divide !== 0 && load(job, first, n);
      job.there = undefined;
      if (!loaded) return fallback.run(job, divide, first, n);
      x.set(part(job.logits as Float32Array, first, n));
      x.fill(0, n, padded(n));
      const weights = needsWeights(job, n) ? LAYOUT.WEIGHT : LAYOUT.ONES;
      const kernel = job.grad === undefined ? kernels.value : kernels.grad;
      setScales(settings, positive / divide, negative / divide);
      memory.settings.set(settings);
      const sum = kernel(padded(n), weights);
      // A logit that is not finite, or an overflow.
      if (!(Math.abs(sum) < Infinity)) return fallback.run(job, divide, first, n);
      job.values?.set(part(value, 0, n), first);
      (job.grad as Float32Array | undefined)?.set(part(grad, 0, n), first);
      return sum;
    },
  };
}

/** `n` up to the next whole vector. */
const padded = (n: number) => (n + 3) & ~3;

/** `n` entries from `first` on, without a view where that is all of them. */
const part = (array: Float32Array, first: number, n: number) =>
  array.length === n ? array : array.subarray(first, first + n);

/** Sums and gradients of rows in SIMD, the loss of each row's margin in float64. */
function softmaxEngine(loss: Loss, classes: number, memory: SimdMemory): Engine | undefined {
  if (classes > SIMD_BLOCK) return undefined;
  const { exports, x, y, weight, value, grad, sums } = memory;
  const kernel = elementwise(loss);
  const lanes = newLanes();
  const fallback = javascriptEngine(loss, classes);
  const block = Math.min(Math.floor(SIMD_BLOCK / classes), lanes.x.length);

  /** Margins into the lanes; false if a row has logits that are not finite. */
  function margins(n: number): boolean {
    for (let i = 0; i < n; i++) {
      const largest = sums[2 * i];
      const sum = sums[2 * i + 1];
      if (!(sum < Infinity && largest > -3.4e38)) return false;
      const own = x[i * classes + lanes.y[i]];
      const d = own - largest;
      lanes.x[i] = d - Math.log(sum);
      lanes.low[i] = 0;
    }
    return true;
  }

  return {
    block,
    tally: fallback.tally,
    run(job, divide, first, n) {
      loadScales(loss, lanes, job, divide, first, n);
      const { logits, values } = job;
      x.set((logits as Float32Array).subarray(first * classes, (first + n) * classes));
      y.set(lanes.y.subarray(0, n));
      exports.rowSums(n, classes);
      const sum = margins(n) ? kernel(n, lanes, job.grad !== undefined) : Number.NaN;
      if (!(Math.abs(sum) < Infinity)) return fallback.run(job, divide, first, n);
      values?.set(lanes.value.subarray(0, n), first);
      if (job.grad === undefined) return sum;
      for (let i = 0; i < n; i++) {
        weight[i] = lanes.grad[i];
        value[i] = -lanes.grad[i] / sums[2 * i + 1];
      }
      exports.spread(n, classes);
      (job.grad as Float32Array).set(grad.subarray(0, n * classes), first * classes);
      return sum;
    },
  };
}
