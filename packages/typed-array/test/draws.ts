import { factories, type Loss } from '@focal-loss/core';
import type { Expect } from '../../core/oracle/case.ts';
import { evaluate } from '../../core/oracle/evaluate.ts';
import { factoryOf } from '../../core/oracle/factories.ts';
import { random } from '../../core/oracle/random.ts';

export type Factory = keyof typeof factories;
type Dtype = 'float32' | 'float64';

/** One call with everything drawn together, and its answer in as many digits as it takes. */
export interface Drawn {
  readonly loss: Loss;
  readonly logits: Float32Array | Float64Array;
  readonly targets: Float32Array | Float64Array;
  readonly options: { readonly shape: number[]; readonly weights?: Float64Array };
  readonly truth: Expect;
  /** For a report of the worst. */
  readonly text: string;
}

/** What the parameters of each member are drawn from: all that is promised, with all bits. */
const PARAMS: Readonly<
  Record<string, (between: (low: number, high: number) => number) => Record<string, number | boolean>>
> = {
  crossEntropy: () => ({}),
  focal: (between) => ({ gamma: between(0, 5) }),
  focalStar: (between) => ({ gamma: between(0.05, 5), beta: between(-50, 50) }),
  poly: (between) => ({ epsilon: between(-1, 5), gamma: between(0, 5) }),
  qualityFocal: (between) => ({ beta: between(0, 5) }),
  varifocal: (between) => ({
    alpha: between(0, 1),
    gamma: between(0, 5),
    iouWeighted: between(0, 1) < 0.5,
    detach: between(0, 1) < 0.5,
  }),
  asymmetric: (between) => ({
    gammaPositive: between(0, 5),
    gammaNegative: between(0, 5),
    margin: between(0, 1) < 0.5 ? 0 : between(0, 0.3),
    detach: between(0, 1) < 0.5,
  }),
  gaussianFocal: (between) => ({ alpha: between(0, 5), beta: between(0, 5) }),
  iouAwareCrossEntropy: (between) => ({
    alpha: between(0, 1),
    gamma: between(0, 5),
    floor: between(1e-6, 0.2),
    positiveWeight: between(0.1, 10),
  }),
  matchabilityAware: (between) => ({ gamma: between(0, 5), alpha: between(0, 1) }),
  distribution: () => ({}),
};

export const paramsOf = (factory: Factory, between: (low: number, high: number) => number) =>
  PARAMS[factories[factory]().key as string](between);

/**
 * Reproducible calls of a factory: logits of all bits in [−100, 100], softmax rows with spreads to 300, labels hard or as
 * soft as 1e-12, α from 1e-8 to 1 − 1e-8, weights, ignored entries, odd lengths, offsets into larger memory.
 */
export function* draws(factory: Factory, dtype: Dtype, count: number, seed: number): Generator<Drawn> {
  const draw = random(seed);
  const between = (low: number, high: number) => low + (high - low) * (draw() + draw() / 2 ** 32);
  const maybe = (chance: number) => draw() < chance;
  const oneOf = <T>(...choices: T[]): T => choices[Math.floor(draw() * choices.length)];
  const near0or1 = (exponent: number) => oneOf(10 ** between(exponent, 0), 1 - 10 ** between(exponent, 0));
  const softmax = factories[factory]().link === 'softmax';
  const hard = () => oneOf(0, 1);
  const soft = () => oneOf(0, 1, draw(), near0or1(-12));

  for (let i = 0; i < count; i++) {
    const classes = softmax ? 2 + Math.floor(draw() * 8) : 1;
    const rows = 1 + Math.floor(draw() * (softmax ? 4 : 9));
    const params = paramsOf(factory, between);
    const ignoreIndex = maybe(0.3) ? -1 : undefined;
    const alpha = softmax ? Array.from({ length: classes }, () => 10 ** between(-8, 1)) : near0or1(-8);
    const reduction = oneOf('mean', 'sum', 'none', 'none');
    const options = {
      ...params,
      ...(maybe(0.5) && factoryOf(factory).hasAlpha && { alpha }),
      reduction,
      ...(ignoreIndex !== undefined && { ignoreIndex }),
    };
    const size = oneOf(1, 10, softmax ? 150 : 100);
    const Kind = dtype === 'float32' ? Float32Array : Float64Array;
    const logits = new Kind(rows * classes + 5).subarray(3, 3 + rows * classes);
    // Where γz + β cancels, what rounding took from it is not little any more.
    const zero = 'gamma' in params && 'beta' in params ? -Number(params.beta) / Number(params.gamma) : 0;
    const logit = () =>
      Math.abs(zero) < 100 && maybe(0.3) ? oneOf(-1, 1) * zero * between(0.999, 1.001) : between(-size, size);
    logits.forEach((_, at) => {
      logits[at] = logit();
    });
    // Soft labels for half of the calls, so that hard ones have theirs.
    const label = softmax ? () => Math.floor(draw() * classes) : maybe(0.5) ? hard : soft;
    const targets = new Kind(rows).map(() => (ignoreIndex !== undefined && maybe(0.3) ? ignoreIndex : label()));
    const weights = maybe(0.4) ? Float64Array.from({ length: rows }, () => oneOf(0, 1, between(0.1, 9))) : undefined;
    const shape = softmax ? [rows, classes] : [rows];
    const input = { logits: [...logits], targets: [...targets], shape, ...(weights && { weights: [...weights] }) };
    const loss = factories[factory](options as never) as Loss;
    yield {
      loss,
      logits,
      targets,
      options: { shape, ...(weights && { weights }) },
      truth: evaluate({ factory, options }, input, false),
      text: JSON.stringify({ factory, options, ...input }),
    };
  }
}
