import { random } from '../oracle/random.ts';

/** Seeded draws with all the bits of a float64. */
export function draws(seed: number) {
  const draw = random(seed);
  const between = (low: number, high: number) => low + (high - low) * draw();
  const oneOf = <T>(choices: readonly T[]): T => choices[Math.floor(draw() * choices.length)];

  /** Settings of each member's parameters, by its key. */
  const params: Record<string, () => Record<string, number | boolean>> = {
    crossEntropy: () => ({}),
    focal: () => ({ gamma: between(0, 5) }),
    focalStar: () => ({ gamma: between(0.1, 5), beta: between(-50, 50) }),
    poly: () => ({ epsilon: between(-1, 5), gamma: between(0, 5) }),
    qualityFocal: () => ({ beta: between(0, 5) }),
    varifocal: () => ({ alpha: draw(), gamma: between(0, 5), iouWeighted: draw() < 0.5, detach: draw() < 0.5 }),
    asymmetric: () => ({
      gammaPositive: between(0, 5),
      gammaNegative: between(0, 5),
      margin: oneOf([0, between(0, 0.3)]),
      detach: draw() < 0.5,
    }),
    gaussianFocal: () => ({ alpha: between(0, 5), beta: between(0, 5) }),
    iouAwareCrossEntropy: () => ({
      alpha: draw(),
      gamma: between(0, 5),
      floor: between(1e-6, 0.2),
      positiveWeight: between(0.1, 10),
    }),
    matchabilityAware: () => ({ gamma: between(0, 5), alpha: draw() }),
    distribution: () => ({}),
  };
  return { draw, between, oneOf, params };
}
