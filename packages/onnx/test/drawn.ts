import {
  denominator,
  type Formula,
  factories,
  factorsOf,
  jet,
  type Loss,
  layout,
  numbers,
  type Ops,
  placeOf,
  reference,
  smoothed,
  type Totals,
  tally,
  tallyRows,
  type ValueGradHess,
  weightsOf,
} from '@focal-loss/core';

/** A call with options drawn together, and what core's reference makes of it. */
export interface DrawnCall {
  readonly loss: Loss;
  readonly logits: Float64Array;
  readonly targets: Float64Array;
  readonly targetRows: boolean;
  readonly shape: number[];
  readonly axis: number;
  readonly weights: Float64Array | undefined;
  readonly weightsShape: number[] | undefined;
  readonly truth: Parts;
  /** What errors are relative to: the truths, or where these are differences a sixteenth of what rounding makes of their terms. */
  readonly scale: Parts;
  /** For a report of the worst. */
  readonly text: string;
}

type Parts = Readonly<Record<'value' | 'grad' | 'hess', Float64Array>>;

/** A seeded source of numbers in (0, 1). */
export function source(seed: number) {
  let state = seed;
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const between = (from: number, to: number) => from + (to - from) * draw();
  const upTo = (most: number) => 1 + Math.floor(draw() * most);
  const oneOf = <T>(...choices: readonly T[]): T => choices[Math.floor(draw() * choices.length)];
  return { draw, between, upTo, oneOf, maybe: (chance: number) => draw() < chance };
}

type Source = ReturnType<typeof source>;

/** Parameters by the key of a member, exponents as far as the tables of accuracy go. */
const params: Readonly<Record<string, (of: Source) => object>> = {
  crossEntropy: () => ({}),
  distribution: () => ({}),
  focal: ({ between }) => ({ gamma: between(0, 2.5) }),
  focalStar: ({ between }) => ({ gamma: between(0.1, 2.5), beta: between(-5, 5) }),
  qualityFocal: ({ between }) => ({ beta: between(0, 2.5) }),
  poly: ({ between }) => ({ epsilon: between(-1, 3), gamma: between(0, 2.5) }),
  varifocal: ({ between, maybe }) => ({
    alpha: between(0.1, 1),
    gamma: between(0, 2.5),
    iouWeighted: maybe(0.5),
    detach: maybe(0.5),
  }),
  asymmetric: ({ between, maybe, oneOf }) => ({
    gammaPositive: between(0, 2.5),
    gammaNegative: oneOf(4, between(1, 2.5)),
    margin: oneOf(0, 0.05),
    detach: maybe(0.5),
  }),
  gaussianFocal: ({ between }) => ({ alpha: between(0, 2.5), beta: between(0, 4) }),
  iouAwareCrossEntropy: ({ between }) => ({
    alpha: between(0.1, 0.9),
    gamma: between(0, 2.5),
    floor: between(0.001, 0.2),
    positiveWeight: between(0.1, 3),
  }),
  matchabilityAware: ({ between }) => ({ gamma: between(0.5, 2.5), alpha: between(0.1, 1) }),
};

/** Calls of a factory, whose numbers are rounded to the format that they are for. */
export function* drawnCalls(
  name: keyof typeof factories,
  count: number,
  seed: number,
  round: (a: number) => number = Math.fround,
): Generator<DrawnCall> {
  const of = source(seed);
  const { draw, between, upTo, oneOf, maybe } = of;
  const make = factories[name] as (options?: object) => Loss;
  const { link, key, targets: kind } = make();
  const softmax = link === 'softmax';
  for (let i = 0; i < count; i++) {
    const rank = upTo(softmax ? 3 : 4) + (softmax ? 1 : 0);
    const shape = Array.from({ length: rank }, () => upTo(4));
    const at = Math.floor(draw() * rank);
    const axis = maybe(0.5) ? at : at - rank;
    if (softmax) shape[at] = 1 + upTo(5);
    const classes = shape[at];
    const reduction = oneOf('mean', 'sum', 'example', 'none');
    const rows = kind === 'class' && maybe(0.4);
    const ignoreIndex = !rows && maybe(0.3) ? oneOf(-1, 0, 255) : undefined;
    const list = () => Array.from({ length: classes }, () => round(softmax ? between(0, 3) : between(0, 1)));
    const hasAlpha = 'alpha' in make().params || key === 'qualityFocal' ? false : maybe(0.5);
    const alpha = hasAlpha ? (softmax || maybe(0.5) ? list() : round(between(0, 1))) : undefined;
    const normalizer = oneOf('count', 'positives', 'weights');
    const options = {
      ...params[key as string](of),
      reduction,
      ...(alpha !== undefined && { alpha }),
      ...(reduction === 'mean' && !(kind === 'place' && normalizer === 'positives') && { normalizer }),
      ...(ignoreIndex !== undefined && { ignoreIndex }),
      ...(softmax && kind === 'class' && { background: Math.floor(draw() * classes) }),
      ...(kind !== 'place' && maybe(0.3) && { labelSmoothing: round(between(0, 0.5)) }),
    };
    const loss = make(options);
    const entries = softmax ? shape.filter((_, i) => i !== at) : shape;
    const sizeOf = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);
    const spread = oneOf(1, 10, 40);
    const numbersOf = (n: number, next: () => number) => Float64Array.from({ length: n }, () => round(next()));
    const target = {
      label: () => oneOf(0, 1, draw(), 10 ** between(-12, 0)),
      class: () => Math.floor(draw() * classes),
      place: () =>
        oneOf(Math.floor(draw() * classes), between(0, classes - 1), round(0.1) === 0.1 ? 0.1 : 10 ** between(-6, -1)),
    }[kind];
    const logits = numbersOf(sizeOf(shape), () => between(-spread, spread));
    const targets = rows
      ? numbersOf(logits.length, () => oneOf(0, 1, draw()))
      : numbersOf(sizeOf(entries), () => (ignoreIndex !== undefined && maybe(0.3) ? ignoreIndex : target()));
    const weightsShape = maybe(0.5)
      ? entries.slice(Math.floor(draw() * (entries.length + 1))).map((size) => oneOf(1, size))
      : undefined;
    const weights = maybe(0.5)
      ? numbersOf(sizeOf(weightsShape ?? entries), () => oneOf(0, 1, between(0.1, 4)))
      : undefined;
    const given = { shape, axis, ...(weights && { weights, ...(weightsShape && { weightsShape }) }) };
    const { value, grad, hess } = reference(loss).valueGradHess(logits, targets, given) as ValueGradHess;
    yield {
      loss,
      logits,
      targets,
      targetRows: rows,
      shape,
      axis,
      weights,
      weightsShape: weights && weightsShape,
      truth: { value: typeof value === 'number' ? Float64Array.of(value) : value, grad, hess },
      scale: sizesOf(loss, logits, targets, given),
      text: JSON.stringify({ name, options, shape, axis, rows, weightsShape, weights: weights && [...weights] }),
    };
  }
}

/** A number with the error that rounding makes of it, in units of the format's. */
interface Rounded {
  readonly value: number;
  readonly error: number;
}

const exact = (value: number): Rounded => ({ value, error: 0 });
const mapped = (all: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(all).map(([name, value]) => [name, exact(value)]));
/** A result, one rounding more, and what the errors of what it is made of become. */
const made = (value: number, ...inherited: number[]): Rounded => ({
  value,
  error: inherited.reduce((all, one) => all + (Number.isNaN(one) ? 0 : Math.abs(one)), Math.abs(value)),
});
const { softplus, sigmoid } = numbers;

const rounded: Ops<Rounded> = {
  tiny: 2 ** -1022,
  constant: exact,
  literal: () => undefined,
  add: (a, b) => made(a.value + b.value, a.error, b.error),
  sub: (a, b) => made(a.value - b.value, a.error, b.error),
  mul: (a, b) => made(a.value * b.value, a.value * b.error, b.value * a.error),
  div: (a, b) => made(a.value / b.value, a.error / b.value, ((a.value / b.value) * b.error) / b.value),
  neg: (a) => ({ ...a, value: -a.value }),
  abs: (a) => ({ ...a, value: Math.abs(a.value) }),
  sign: (a) => exact(Math.sign(a.value)),
  max: (a, b) => (a.value > b.value ? a : b),
  exp: (a) => made(Math.exp(a.value), Math.exp(a.value) * a.error),
  log: (a) => made(Math.log(a.value), a.error / a.value),
  log1p: (a) => made(Math.log1p(a.value), a.error / (1 + a.value)),
  softplus: (a) => made(softplus(a.value), sigmoid(a.value) * a.error),
  sigmoid: (a) => made(sigmoid(a.value), sigmoid(a.value) * sigmoid(-a.value) * a.error),
  pow: (a, p) => made(a.value ** p.value, p.value * a.value ** (p.value - 1) * a.error),
  // Carried along: its own rounding is not lost.
  affine: (a, x, b) => exact(a.value * x.value + b.value),
  where: (test, a, b) => (test.value > 0 ? a : b),
  detach: (a) => a,
};

/** Value, slope and curvature of one entry: how large, or how far off. */
function sizesAt({ formula, params }: Loss, x: number, y: Rounded): number[] {
  const at = jet<Rounded>(formula as Formula, rounded, mapped(params), 2);
  return at(exact(x), y).map(({ value, error }) => Math.max(Math.abs(value), error / 16));
}

function sizesOf(loss: Loss, logits: Float64Array, targets: Float64Array, given: object): Parts {
  const at = layout(loss, logits, targets, given);
  const { rows, classes, inner, targetRows, categories, perExample } = at;
  const weights = weightsOf(at, (given as { weights?: Float64Array }).weights);
  const totals: Totals = { count: 0, positives: 0, weights: 0 };
  if (targetRows) tallyRows(loss, totals, rows, targets, weights, classes, inner);
  else tally(loss, totals, rows, targets, weights, classes);
  const divisor = denominator(loss, totals);
  const scale = (i: number) =>
    divisor === 0 || targets[i] === loss.ignoreIndex ? 0 : (weights === undefined ? 1 : weights[i]) / divisor;
  const value = new Float64Array(rows);
  const [grad, hess] = [new Float64Array(logits.length), new Float64Array(logits.length)];
  const place = (row: number, c: number) => placeOf(row * classes + c, classes, inner);

  for (let i = 0; i < rows; i++) {
    if (loss.link === 'sigmoid') {
      const { up, down } = smoothed(loss, targets[i]);
      const own = Array.isArray(loss.alpha)
        ? loss.alpha[Math.floor(i / categories.inner) % categories.count]
        : loss.alpha;
      const { positive, negative } = factorsOf(own as number | undefined);
      const factor = scale(i) * (own === undefined ? 1 : up * positive + down * negative);
      const isTurned = loss.labels === 'alike' && down < up;
      const sizes = sizesAt(loss, isTurned ? -logits[i] : logits[i], {
        value: isTurned ? down : up,
        // A smoothed label is rounded, and so is what 1 minus it is made of.
        error: loss.labelSmoothing === 0 ? 0 : up,
      });
      [value[i], grad[i], hess[i]] = sizes.map((size) => (factor === 0 ? 0 : size * factor));
      continue;
    }
    const x = Array.from({ length: classes }, (_, c) => logits[place(i, c)]);
    for (let c = 0; c < classes; c++) {
      const nearness = Math.max(1 - Math.abs(c - targets[i]), 0);
      const y = targetRows ? targets[place(i, c)] : loss.targets === 'place' ? nearness : Number(c === targets[i]);
      const share = y * (1 - loss.labelSmoothing) + loss.labelSmoothing / classes;
      const factor = (targetRows ? scaleOfRow(i) : scale(i)) * share * ((loss.alpha as number[])?.[c] ?? 1);
      if (factor === 0) continue;
      const others = x.map((own, j) => (j === c ? -Infinity : own));
      const most = Math.max(...others);
      const sum = others.reduce((all, own) => all + Math.exp(own - most), 0);
      const [v, s, k] = sizesAt(loss, x[c] - most - Math.log(sum), exact(1));
      value[i] += factor * v;
      for (let j = 0; j < classes; j++) {
        const r = Math.exp(others[j] - most) / sum;
        grad[place(i, j)] += factor * (j === c ? s : r * s);
        hess[place(i, j)] += factor * (j === c ? k : r * r * k + r * s);
      }
    }
  }
  const sumsOf = (n: number, each: number) =>
    Float64Array.from({ length: n }, (_, i) =>
      value.subarray(i * each, (i + 1) * each).reduce((all, one) => all + one, 0),
    );
  const examples = perExample === 0 ? 0 : rows / perExample;
  const reduced =
    loss.reduction === 'none' ? value : loss.reduction === 'example' ? sumsOf(examples, perExample) : sumsOf(1, rows);
  return { value: reduced, grad, hess };

  function scaleOfRow(i: number) {
    return divisor === 0 ? 0 : (weights === undefined ? 1 : weights[i]) / divisor;
  }
}

/** The worst error of a part, relative to its scale; infinite if there are not as many numbers. */
export function worstOf(got: ArrayLike<number>, truth: Float64Array, scale: Float64Array, normal = 2 ** -120): number {
  if (got.length !== truth.length) return Infinity;
  return truth.reduce((most, t, i) => {
    const size = Math.max(Math.abs(t), Number.isFinite(scale[i]) ? scale[i] : 0);
    const error = size < normal ? (Math.abs(got[i] - t) <= normal ? 0 : Infinity) : Math.abs(got[i] - t) / size;
    return Number.isNaN(error) || error > most ? (Number.isNaN(error) ? Infinity : error) : most;
  }, 0);
}
