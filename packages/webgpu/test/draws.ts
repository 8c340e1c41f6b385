import {
  type CallOptions,
  classesBack,
  classesLast,
  denominator,
  factories,
  type Layout,
  type Loss,
  type LossData,
  layout,
  reference,
  smoothed,
  tally,
  tallyRows,
  weightsOf,
} from '@focal-loss/core';
import { random } from '../../core/oracle/random.ts';
import { sizesOf } from './sizes.ts';

export type Factory = keyof typeof factories;

/** A call that was drawn, as it can be sent to another process, which functions cannot. */
export interface DrawnCall {
  readonly loss: LossData;
  readonly logits: Float32Array;
  readonly targets: Float32Array;
  readonly options: CallOptions;
}

/** What a call gives, each number with what its error is relative to. */
export interface Answer {
  readonly value: ArrayLike<number>;
  readonly grad: ArrayLike<number>;
  readonly hess: ArrayLike<number>;
}

export interface Drawn {
  readonly call: DrawnCall;
  readonly truth: Answer;
  readonly sizes: Answer;
}

/** What may be drawn beside parameters, α, weights, ignored entries and reductions. */
export interface Allowed {
  /** Labels smoothed. */
  readonly smoothing?: boolean;
  /** α a class at a sigmoid, an axis in the middle, weights that broadcast, sums of examples. */
  readonly shapes?: boolean;
  /** Rows of probabilities. */
  readonly rows?: boolean;
}

/** Reproducible calls of a factory, parameters and logits with all their bits, options together. */
export function* draws(factory: Factory, count: number, seed: number, allowed: Allowed = {}): Generator<Drawn> {
  const draw = random(seed);
  const between = (low: number, high: number) => low + (high - low) * (draw() + draw() / 2 ** 32);
  const maybe = (chance: number) => draw() < chance;
  const upTo = (count: number) => 1 + Math.floor(draw() * count);
  const oneOf = <T>(...choices: T[]): T => choices[Math.floor(draw() * choices.length)];
  const near0 = () => 10 ** between(-8, 0);
  const near0or1 = (exponent: number) => oneOf(10 ** between(exponent, 0), 1 - 10 ** between(exponent, 0));
  const { link, targets: kind, key } = factories[factory]() as Loss;
  const softmax = link === 'softmax';
  const params: Readonly<Record<string, () => object>> = {
    crossEntropy: () => ({}),
    distribution: () => ({}),
    focal: () => ({ gamma: oneOf(2, between(0, 5)) }),
    focalStar: () => ({ gamma: between(0.1, 5), beta: between(-50, 50) }),
    poly: () => ({ epsilon: between(-1, 5), gamma: oneOf(0, 2, between(0, 5)) }),
    qualityFocal: () => ({ beta: oneOf(2, between(0, 5)) }),
    varifocal: () => ({ alpha: draw(), gamma: oneOf(2, between(0, 5)), iouWeighted: maybe(0.5), detach: maybe(0.5) }),
    asymmetric: () => ({
      gammaPositive: oneOf(1, between(0, 5)),
      gammaNegative: oneOf(4, between(0, 5)),
      margin: oneOf(0, between(0, 0.3)),
      detach: maybe(0.5),
    }),
    gaussianFocal: () => ({ alpha: oneOf(2, between(0, 5)), beta: oneOf(4, between(0, 5)) }),
    iouAwareCrossEntropy: () => ({
      alpha: oneOf(0.25, draw()),
      gamma: oneOf(2, between(0, 5)),
      floor: between(1e-6, 0.2),
      positiveWeight: between(0.1, 10),
    }),
    matchabilityAware: () => ({ gamma: between(0, 5), alpha: draw() }),
  };
  const hasAlpha = ![
    'qualityFocal',
    'varifocal',
    'gaussianFocal',
    'iouAwareCrossEntropy',
    'matchabilityAware',
  ].includes(factory);

  for (let i = 0; i < count; i++) {
    const large = i % 2 === 1;
    const inner = allowed.shapes && maybe(0.5) ? upTo(4) : 1;
    const classes = softmax ? 1 + upTo(large ? 70 : 4) : upTo(allowed.shapes ? 6 : 1);
    const outer = upTo(large ? 200 / inner : 5);
    const shape = inner > 1 ? [outer, classes, inner] : [outer, classes];
    const length = outer * classes * inner;
    const rows = softmax ? outer * inner : length;
    const targetShape = !softmax ? shape : inner > 1 ? [outer, inner] : [outer];
    const reduction = oneOf(
      'mean',
      'mean',
      'sum',
      'none',
      ...(allowed.shapes ? (['example', 'example'] as const) : []),
    );
    const asRows = allowed.rows === true && kind === 'class' && maybe(0.5);
    const ignoreIndex = !asRows && maybe(0.4) ? oneOf(-1, 0, 255) : undefined;
    const listed = softmax || (allowed.shapes && maybe(0.5));
    const alpha = listed ? Array.from({ length: classes }, () => (softmax ? near0() : near0or1(-8))) : near0or1(-8);
    const smoothing = allowed.smoothing && factory !== 'distributionFocal' && maybe(0.8);
    const options = {
      ...params[key as string](),
      ...(hasAlpha && maybe(0.5) && { alpha }),
      reduction,
      ...(reduction === 'mean' && { normalizer: oneOf('count', 'positives', 'weights') }),
      ...(ignoreIndex !== undefined && { ignoreIndex }),
      ...(softmax && factory !== 'distributionFocal' && { background: 0 }),
      ...(smoothing && { labelSmoothing: oneOf(0.1, 10 ** between(-4, -1)) }),
    };
    if (factory === 'distributionFocal' && reduction === 'mean') Object.assign(options, { normalizer: 'weights' });
    const size = oneOf(1, 10, 100, softmax ? 150 : 100);
    const logits = Float32Array.from({ length }, () => between(-size, size));
    const soft = () => oneOf(0, 1, draw(), near0or1(-12));
    const label = () =>
      kind === 'place'
        ? oneOf(between(0, classes - 1), near0())
        : softmax
          ? Math.floor(draw() * classes)
          : large
            ? oneOf(0, 1)
            : soft();
    const targets = asRows
      ? Float32Array.from({ length }, () => (maybe(0.5) ? 0 : soft()))
      : Float32Array.from({ length: rows }, () => (ignoreIndex !== undefined && maybe(0.3) ? ignoreIndex : label()));
    const weightsShape = allowed.shapes ? targetShape.map((size) => (maybe(0.4) ? 1 : size)) : targetShape;
    const count = weightsShape.reduce((all, size) => all * size, 1);
    const weights = Float32Array.from({ length: count }, () => oneOf(0, 1, between(0.1, 4)));
    const call = {
      shape,
      ...(inner > 1 && { axis: 1 }),
      ...(maybe(0.5) && { weights, ...(allowed.shapes && { weightsShape }) }),
    };
    const loss = (factories[factory] as (options: object) => Loss)(options);
    yield answered(loss, logits, targets, call);
  }
}

const list = (numbers: number | ArrayLike<number>): ArrayLike<number> =>
  typeof numbers === 'number' ? [numbers] : numbers;

function answered(loss: Loss, logits: Float32Array, targets: Float32Array, options: CallOptions): Drawn {
  return {
    call: { loss: loss.toJSON(), logits, targets, options },
    // Only when asked for: many calls are drawn for the sake of one.
    get truth() {
      const { value, grad, hess } = reference(loss).valueGradHess(logits, targets, options);
      return once(this, 'truth', { value: list(value), grad, hess });
    },
    get sizes() {
      return once(this, 'sizes', sizes(loss, logits, targets, options));
    },
  };
}

/** A property that keeps what it was found to be. */
function once<T>(of: object, name: string, value: T): T {
  Object.defineProperty(of, name, { value });
  return value;
}

/** The sizes of the terms of everything that a call gives. */
function sizes(loss: Loss, logits: Float32Array, targets: Float32Array, options: CallOptions): Answer {
  const at = layout(loss, logits, targets, options);
  const { rows, classes, inner, targetRows, perExample } = at;
  const weights = weightsOf(at, options.weights);
  const totals = { count: 0, positives: 0, weights: 0 };
  if (targetRows) tallyRows(loss, totals, rows, targets, weights, classes, inner);
  else tally(loss, totals, rows, targets, weights, classes);
  const divisor = denominator(loss, totals, options.normalizer) || Infinity;
  const x = classesLast(logits, at);
  const y = targetRows ? classesLast(targets, at) : targets;
  const made = { value: new Float64Array(rows), grad: new Float64Array(x.length), hess: new Float64Array(x.length) };
  const of = sizesOf(loss);
  for (let i = 0; i < rows; i++) {
    if (!targetRows && targets[i] === loss.ignoreIndex) continue;
    const factor = (weights?.[i] ?? 1) / divisor;
    if (loss.link === 'sigmoid') single(i);
    else row(i);

    function single(i: number) {
      const { up, down } = smoothed(loss, y[i]);
      const [f, g, h] = of(x[i], up);
      const own = alphaOf(loss, at, i);
      const all = factor * (own === undefined ? 1 : up * own + down * (1 - own));
      Object.entries({ value: f, grad: g, hess: h }).forEach(([part, { size }]) => {
        made[part as 'value'][i] = all * size;
      });
    }
    function row(i: number) {
      const own = x.subarray(i * classes, (i + 1) * classes);
      probabilities(loss, y, i, classes, targetRows).forEach((share, c) => {
        if (share === 0) return;
        const others = Array.from(own, (logit, j) => (j === c ? -Infinity : logit));
        const largest = Math.max(...others);
        const sum = others.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
        const [f, g, h] = of(own[c] - largest - Math.log(sum), 1);
        const all = factor * share;
        made.value[i] += all * f.size;
        others.forEach((logit, j) => {
          const r = Math.exp(logit - largest) / sum;
          made.grad[i * classes + j] += all * g.size * (j === c ? 1 : r);
          made.hess[i * classes + j] += all * (j === c ? h.size : r * r * h.size + r * (1 - r) * g.size);
        });
      });
    }
  }
  const { reduction } = loss;
  const groups = reduction === 'none' ? 1 : reduction === 'example' ? perExample : rows;
  const value = Array.from({ length: rows / groups }, (_, k) =>
    made.value.subarray(k * groups, (k + 1) * groups).reduce((sum, term) => sum + term, 0),
  );
  return { value, grad: classesBack(made.grad, at), hess: classesBack(made.hess, at) };
}

const alphaOf = ({ alpha }: Loss, { categories: { count, inner } }: Layout, i: number): number | undefined =>
  typeof alpha === 'object' ? alpha[Math.floor(i / inner) % count] : alpha;

/** What each class of a row is multiplied by. */
function probabilities(
  { targets, labelSmoothing, alpha }: Loss,
  y: ArrayLike<number>,
  i: number,
  classes: number,
  rows: boolean,
): number[] {
  return Array.from({ length: classes }, (_, c) => {
    const plain = rows
      ? y[i * classes + c]
      : targets === 'place'
        ? Math.max(1 - Math.abs(c - y[i]), 0)
        : Number(c === y[i]);
    const own = plain * (1 - labelSmoothing) + labelSmoothing / classes;
    return own * (typeof alpha === 'object' ? alpha[c] : 1);
  });
}

/** The smallest normal float32: what is less, a GPU takes for 0. */
const TINY = 2 ** -126;

/**
 * The worst error of one part, relative to the size of its terms.
 *
 * @param flushed How much may be lost of small terms, in the smallest normal numbers: those of a slope are γ + 1, 6 at most,
 *   times a weight, 4 at most; of a second derivative there are more.
 */
export function errorOf(
  { truth, sizes }: Drawn,
  part: keyof Answer,
  got: number | ArrayLike<number>,
  flushed = 24,
): number {
  const given = list(got);
  if (given.length !== truth[part].length) return Number.NaN;
  let worst = 0;
  for (let i = 0; i < given.length; i++) {
    const size = Math.max(Math.abs(truth[part][i]), sizes[part][i]);
    const off = Math.abs(given[i] - truth[part][i]);
    const error = size < flushed * TINY ? 0 * off : Math.max(off - (flushed / 24) * TINY, 0 * off) / size;
    if (!(error <= worst)) worst = error;
  }
  return worst;
}
