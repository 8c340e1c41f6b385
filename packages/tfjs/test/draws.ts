import { factories, type Loss } from '@focal-loss/core';
import { evaluate } from '../../core/oracle/evaluate.ts';
import { random } from '../../core/oracle/random.ts';

/** One call with everything drawn together, and its answer in as many digits as it takes. */
export interface Drawn {
  readonly loss: Loss;
  readonly logits: Float32Array;
  readonly targets: Float32Array;
  readonly weights: Float32Array | undefined;
  readonly shape: number[];
  readonly truth: ReturnType<typeof evaluate>;
  /** For a report of the worst. */
  readonly text: string;
}

type Factory = keyof typeof factories;

/** Reproducible calls of a factory: parameters with all their bits, α, weights, ignored entries, reductions, odd sizes. */
export function* draws(factory: Factory, count: number, seed: number): Generator<Drawn> {
  const draw = random(seed);
  const between = (low: number, high: number) => low + (high - low) * (draw() + draw() / 2 ** 32);
  const maybe = (chance: number) => draw() < chance;
  const oneOf = <T>(...choices: T[]): T => choices[Math.floor(draw() * choices.length)];
  const near0 = () => 10 ** between(-8, 0);
  const near0or1 = (exponent: number) => oneOf(10 ** between(exponent, 0), 1 - 10 ** between(exponent, 0));
  const softmax = factories[factory]().link === 'softmax';
  const params: Readonly<Record<string, () => object>> = {
    crossEntropy: () => ({}),
    focal: () => ({ gamma: between(0, 5) }),
    focalStar: () => ({ gamma: between(0.1, 5), beta: between(-20, 20) }),
    qualityFocal: () => ({ beta: between(0, 5) }),
  };

  for (let i = 0; i < count; i++) {
    const classes = softmax ? 2 + Math.floor(draw() * 8) : 1;
    const rows = 1 + Math.floor(draw() * 8);
    const reduction = oneOf('mean', 'mean', 'sum', 'none');
    const ignoreIndex = maybe(0.4) ? oneOf(-1, 0, 255) : undefined;
    const alpha = softmax ? Array.from({ length: classes }, near0) : near0or1(-8);
    const options = {
      ...params[factories[factory]().key as string](),
      ...(maybe(0.5) && factory !== 'qualityFocal' && { alpha }),
      reduction,
      ...(reduction === 'mean' && { normalizer: oneOf('count', 'positives', 'weights') }),
      ...(ignoreIndex !== undefined && { ignoreIndex }),
      ...(softmax && { background: 0 }),
    };
    const size = oneOf(1, 10, 100, softmax ? 150 : 100);
    const logits = Float32Array.from({ length: rows * classes }, () => between(-size, size));
    const label = () => (softmax ? Math.floor(draw() * classes) : oneOf(0, 1, draw(), near0or1(-12)));
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
    const truth = evaluate({ factory, options }, input);
    const loss = factories[factory](options as never) as Loss;
    yield { loss, logits, targets, weights, shape, truth, text: JSON.stringify({ factory, options, ...input }) };
  }
}
