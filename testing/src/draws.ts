import { factories, type Loss, reference } from '@focal-loss/core';
import { evaluate } from '../../packages/core/oracle/evaluate.ts';
import { random } from '../../packages/core/oracle/random.ts';

/** What a call should give, and what its errors are relative to where a truth is a difference. */
export interface Truth {
  readonly value: readonly number[];
  readonly valueScale?: readonly number[] | undefined;
  readonly grad: readonly number[];
  readonly gradScale?: readonly number[] | undefined;
}

/** One call with everything drawn together, and its answer. */
export interface Drawn {
  readonly loss: Loss;
  readonly logits: Float32Array;
  readonly targets: Float32Array;
  readonly weights: Float32Array | undefined;
  readonly shape: number[];
  readonly truth: Truth;
  /** For a report of the worst. */
  readonly text: string;
}

type Factory = keyof typeof factories;

/**
 * Reproducible calls of a factory: parameters with all their bits, α, weights, ignored entries, reductions, odd sizes.
 * Small ones, some labels soft, are answered by the oracle. Every other one has hard labels and hundreds of entries, and
 * is answered by core's reference, which has the oracle behind it: there no truth is a difference.
 */
export function* draws(factory: Factory, count: number, seed: number): Generator<Drawn> {
  const draw = random(seed);
  const between = (low: number, high: number) => low + (high - low) * (draw() + draw() / 2 ** 32);
  const maybe = (chance: number) => draw() < chance;
  const oneOf = <T>(...choices: T[]): T => choices[Math.floor(draw() * choices.length)];
  const near0 = () => 10 ** between(-8, 0);
  const near0or1 = (exponent: number) => oneOf(10 ** between(exponent, 0), 1 - 10 ** between(exponent, 0));
  const softmax = factories[factory]().link === 'softmax';
  const params: Readonly<Record<string, (large: boolean) => object>> = {
    crossEntropy: () => ({}),
    focal: () => ({ gamma: between(0, 5) }),
    // Beyond 20 the oracle's difference quotient runs out of digits.
    focalStar: (large) => ({ gamma: between(0.1, 5), beta: large ? between(-50, 50) : between(-20, 20) }),
    qualityFocal: () => ({ beta: between(0, 5) }),
  };

  for (let i = 0; i < count; i++) {
    const large = i % 2 === 1;
    const upTo = (count: number) => 1 + Math.floor(draw() * count);
    const classes = softmax ? 1 + upTo(large ? 70 : 4) : 1;
    const rows = upTo(large ? 400 : 5);
    const reduction = oneOf('mean', 'mean', 'sum', 'none');
    const ignoreIndex = maybe(0.4) ? oneOf(-1, 0, 255) : undefined;
    const alpha = softmax ? Array.from({ length: classes }, near0) : near0or1(-8);
    const options = {
      ...params[factories[factory]().key as string](large),
      ...(maybe(0.5) && factory !== 'qualityFocal' && { alpha }),
      reduction,
      ...(reduction === 'mean' && { normalizer: oneOf('count', 'positives', 'weights') }),
      ...(ignoreIndex !== undefined && { ignoreIndex }),
      ...(softmax && { background: 0 }),
    };
    const size = oneOf(1, 10, 100, softmax ? 150 : 100);
    const logits = Float32Array.from({ length: rows * classes }, () => between(-size, size));
    const label = () =>
      softmax ? Math.floor(draw() * classes) : large ? oneOf(0, 1) : oneOf(0, 1, draw(), near0or1(-12));
    const targets = Float32Array.from({ length: rows }, () =>
      ignoreIndex !== undefined && maybe(0.3) ? ignoreIndex : label(),
    );
    const weights = maybe(0.5) ? Float32Array.from({ length: rows }, () => oneOf(0, 1, between(0.1, 4))) : undefined;
    const shape = softmax ? [rows, classes] : [rows];
    const input = {
      logits: [...logits],
      targets: [...targets],
      shape,
      ...(weights && { weights: [...weights] }),
    };
    const loss = factories[factory](options as never) as Loss;
    const truth = large
      ? reference(loss).valueAndGrad(logits, targets, { shape, weights })
      : evaluate({ factory, options }, input);
    const { value, grad, ...scales } = truth as { value: number | number[]; grad: number[] };
    const listed = {
      value: typeof value === 'number' ? [value] : Array.from(value),
      grad: Array.from(grad),
      ...scales,
    };
    const text = JSON.stringify({ factory, options, ...(large ? { shape } : input) });
    yield { loss, logits, targets, weights, shape, truth: listed, text };
  }
}
