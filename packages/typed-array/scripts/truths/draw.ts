import { FocalLossError, factories, type Loss, type Reduction } from '@focal-loss/core';
import type { Input, LossSpec } from '../../../core/oracle/case.ts';
import { factoryOf } from '../../../core/oracle/factories.ts';
import type { NumericArray, RunOptions } from '../../src/index.ts';
import { type Factory, paramsOf } from '../../test/draws.ts';
import { type Dice, dice } from './dice.ts';

/** A call with everything drawn together, for an engine and for the oracle. */
export interface Drawn {
  readonly factory: Factory;
  readonly dtype: 'float32' | 'float64';
  readonly loss: Loss;
  readonly logits: Float32Array | Float64Array;
  readonly targets: NumericArray;
  readonly options: RunOptions;
  /** The same numbers, plain. */
  readonly spec: LossSpec;
  readonly input: Input;
  /** Whether it lies within what is promised: |x| ≤ 100, spreads up to 300, γ ≤ 5. */
  readonly promised: boolean;
}

const NAMES = Object.keys(factories) as Factory[];
const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** The calls of a seed, one factory after the other. */
export function* calls(seed: number, only?: string): Generator<Drawn> {
  const names = NAMES.filter((name) => only === undefined || name === only);
  for (let i = 0; ; i++) yield drawCall(dice(seed * 1_000_003 + i), names[i % names.length]);
}

function drawCall(d: Dice, factory: Factory): Drawn {
  const { link, targets: kind } = factories[factory]();
  const softmax = link === 'softmax';
  const dtype = d.oneOf<Drawn['dtype']>('float32', 'float32', 'float64');
  const { shape, axis } = drawShape(d, softmax);
  const ofTargets = softmax ? shape.filter((_, k) => k !== axis) : shape;
  const [n, rows, classes] = [product(shape), product(ofTargets), shape[axis]];
  const isRows = softmax && kind === 'class' && classes <= 12 && d.maybe(0.35);
  const { options, loss } = drawLoss(d, factory, classes, isRows);
  const float = (x: number) => (dtype === 'float32' ? Math.fround(x) : x);

  const soft = !d.maybe(0.5);
  const ignored = loss.ignoreIndex !== undefined && !isRows;
  const drawLabel = () => {
    if (ignored && d.maybe(0.3)) return loss.ignoreIndex as number;
    if (kind === 'class') return d.whole(classes);
    if (kind === 'place') return d.oneOf(d.whole(classes), d.draw() * (classes - 1), Math.min(1e-12, classes - 1));
    return soft ? softLabel(d) : d.whole(2);
  };
  const numbers = isRows ? drawRows(d, n) : Array.from({ length: rows }, drawLabel);
  const targets = asTargets(d, numbers);
  const beyond = d.maybe(0.06);
  const logits = (softmax ? rowLogits(d, n, beyond) : singleLogits(d, n, beyond, loss, targets)).map(float);

  const weightsShape = ofTargets.slice(d.whole(ofTargets.length + 1)).map((own) => (d.maybe(0.4) ? 1 : own));
  const weigh = d.oneOf(
    () => d.oneOf(0, 1, d.between(0.1, 9)),
    () => d.between(0, 1),
    () => d.power(-6, 6),
    () => d.power(-60, 30),
  );
  const weights = asWeights(d, Array.from({ length: product(weightsShape) }, weigh));
  const needsShape = softmax || typeof loss.alpha === 'object' || loss.reduction === 'example' || d.maybe(0.5);
  const weighted = needsShape ? d.maybe(0.5) : false;
  const call = {
    ...(needsShape && { shape }),
    ...(needsShape && (axis !== shape.length - 1 || d.maybe(0.3)) && { axis: d.oneOf(axis, axis - shape.length) }),
    ...(weighted && { weights, weightsShape }),
    ...(loss.reduction === 'mean' && d.maybe(0.2) && { normalizer: d.oneOf(d.between(0.5, 20), d.power(-30, 30)) }),
  };
  const plain = (array: NumericArray) => Array.from(array, Number);
  const input = { ...call, logits, targets: plain(targets), weights: weighted ? plain(weights) : undefined } as Input;
  return {
    factory,
    dtype,
    loss,
    logits: dtype === 'float32' ? offset(d, Float32Array, logits) : offset(d, Float64Array, logits),
    targets,
    options: call,
    spec: { factory, options },
    input,
    promised: !beyond && Object.values(loss.params).every((param) => Math.abs(param) <= 50),
  };
}

function drawShape(d: Dice, softmax: boolean): { shape: number[]; axis: number } {
  if (d.maybe(0.15)) {
    const classes = d.oneOf(16, 31, 32, 33, 80, 257, d.whole(700) + 2, ...(d.maybe(0.04) ? [4096, 4097, 5000] : [100]));
    return softmax
      ? { shape: [classes > 300 ? 1 : 2, classes], axis: 1 }
      : { shape: [d.oneOf(d.whole(300), 299, 64)], axis: 0 };
  }
  const shape = Array.from({ length: 1 + d.whole(3) }, () => d.oneOf(1, 2, 3, 1 + d.whole(6)));
  const axis = d.whole(shape.length);
  if (softmax) shape[axis] = 2 + d.whole(7);
  else if (d.maybe(0.02)) shape[0] = 0;
  return { shape, axis };
}

/** Options of a loss, everything together. */
function drawLoss(d: Dice, factory: Factory, classes: number, isRows: boolean) {
  const { link, targets: kind } = factories[factory]();
  const softmax = link === 'softmax';
  const reduction = d.oneOf<Reduction>('mean', 'sum', 'example', 'none', 'none');
  const normalizer =
    reduction === 'mean' ? d.oneOf('count', 'weights', kind === 'place' ? 'count' : 'positives') : undefined;
  const alphaOf = () => d.oneOf(0, d.draw(), softmax ? d.power(-8, 1) : d.near01(-8));
  const alpha = softmax || (classes > 0 && d.maybe(0.4)) ? Array.from({ length: classes }, alphaOf) : d.near01(-8);
  const common = {
    reduction,
    ...(normalizer && { normalizer }),
    ...(!isRows && d.maybe(0.25) && { ignoreIndex: d.oneOf(-1, 255, -100) }),
    ...(kind === 'class' && (normalizer === 'positives' || d.maybe(0.2)) && { background: d.whole(classes) }),
    ...(factoryOf(factory).hasAlpha && d.maybe(0.5) && { alpha: alpha.valueOf() as number | number[] }),
    ...(kind !== 'place' && d.maybe(0.25) && { labelSmoothing: d.oneOf(0.1, d.draw() * 0.9, d.power(-8, -1)) }),
  };
  const params = paramsOf(factory, d.between);
  const make = factories[factory] as (options: object) => Loss;
  // Whole numbers, halves and ends of ranges have kernels of their own.
  const round = d.maybe(0.3);
  const rounded = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'number' ? Math.round(2 * value) / 2 : value,
    ]),
  );
  // What a formula divides by may be small; of a smaller γ the oracle would take thousands of digits.
  const small = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'number' && d.maybe(0.4) ? value * d.power(name === 'gamma' ? -1.5 : -7, 0) : value,
    ]),
  );
  for (const own of round ? [rounded, params] : d.maybe(0.2) ? [small, params] : [params]) {
    try {
      const options = { ...own, ...common };
      return { options, loss: make(options) };
    } catch (error) {
      if (!(error instanceof FocalLossError) || own === params) throw error;
    }
  }
  throw new Error('unreachable');
}

const softLabel = (d: Dice) => d.oneOf(0, 1, d.draw(), d.near01(-12), 0.5);

/** Numbers that need not be probabilities that sum to 1. */
const drawRows = (d: Dice, n: number) => Array.from({ length: n }, () => d.oneOf(0, d.draw(), 1, d.power(-12, 0)));

function asTargets(d: Dice, numbers: number[]): NumericArray {
  const areWhole = numbers.every(Number.isInteger);
  if (!areWhole)
    return d.oneOf<NumericArray>(
      Float32Array.from(numbers),
      Float32Array.from(numbers),
      offset(d, Float64Array, numbers),
      numbers,
    );
  const fitBytes = numbers.every((y) => y >= 0 && y < 256);
  return d.oneOf<NumericArray>(
    offset(d, Float32Array, numbers),
    offset(d, Int32Array, numbers),
    Float64Array.from(numbers),
    numbers,
    BigInt64Array.from(numbers, BigInt),
    ...(fitBytes ? [Uint8Array.from(numbers), Uint8ClampedArray.from(numbers)] : [Int16Array.from(numbers)]),
  );
}

const asWeights = (d: Dice, numbers: number[]): NumericArray =>
  d.oneOf<NumericArray>(offset(d, Float32Array, numbers), Float64Array.from(numbers), numbers);

/** An array that begins somewhere within a larger one. */
function offset<A extends Float32Array | Float64Array | Int32Array>(
  d: Dice,
  Kind: new (length: number) => A,
  numbers: readonly number[],
): A {
  const before = d.whole(5);
  const array = new Kind(numbers.length + before + d.whole(5)).subarray(before, before + numbers.length) as A;
  array.set(numbers);
  return array;
}

function singleLogits(d: Dice, n: number, beyond: boolean, { params, key }: Loss, targets: NumericArray): number[] {
  const size = beyond ? d.power(2, d.oneOf(3, 6, 30)) : d.oneOf(1, 10, 100);
  // Where γz + β cancels, what rounding took from it is not little any more.
  const zero = key === 'focalStar' ? -params.beta / params.gamma : 0;
  const edge = key === 'asymmetric' ? Math.log(params.margin / (1 - params.margin)) : Number.NaN;
  return Array.from({ length: n }, (_, i) => {
    const y = Number(targets[i]);
    const own = Math.log(y / (1 - y));
    const near = 1 + d.oneOf(-1, 1) * d.power(-8, -2);
    if (d.maybe(0.1)) return d.allBits(d.oneOf(-140, -30), Math.log2(size));
    if (Math.abs(own) < 100 && d.maybe(0.1)) return own * near;
    if (Math.abs(edge) < 100 && d.maybe(0.1)) return edge * near;
    if (Math.abs(zero) < 100 && zero !== 0 && d.maybe(0.2)) return d.oneOf(-1, 1) * zero * near;
    return d.oneOf(d.between(-size, size), d.between(-size, size), d.between(-size, size), 0, -0);
  });
}

function rowLogits(d: Dice, n: number, beyond: boolean): number[] {
  const size = beyond ? d.power(2, d.oneOf(3, 6, 30)) : d.oneOf(0.01, 1, 10, 30, 150);
  const center = d.maybe(0.2) && !beyond ? d.between(-100, 100) : 0;
  const tie = d.between(-size, size);
  return Array.from({ length: n }, () => {
    if (d.maybe(0.15)) return center + tie;
    return d.maybe(0.1) ? center + d.allBits(-30, Math.log2(size)) : center + d.between(-size, size);
  });
}
