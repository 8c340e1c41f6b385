import type { LossSpec } from './case.ts';
import { type Decimal, digitsFor, exact, exp, one, sum, withDigits } from './decimal.ts';
import { factoryOf, settingOf } from './factories.ts';
import { links } from './links.ts';

/** Whether core says that the minimum of such a loss stands for a probability. */
export const tells = ({ factory, options }: LossSpec): boolean => factoryOf(factory).make(options).untold === undefined;

/**
 * The probabilities η of the classes, or of a target being 1, for which the expected loss Σ η_c L_c is least at these
 * logits: its slope is 0 there. Confirmed by going a step to either side, where it is larger, unless that has been done elsewhere.
 */
export function told(spec: LossSpec, logits: readonly number[], confirmed = true): readonly Decimal[] {
  const { link: name, definition, hasAlpha } = factoryOf(spec.factory);
  // A parameter may be called alpha, too.
  const { alpha } = (hasAlpha ? spec.options : {}) as { alpha?: number | readonly number[] };
  const params = settingOf(spec);
  const link = links[name];
  const spread = Math.max(0, ...logits) - Math.min(0, ...logits);
  return withDigits(
    2 * digitsFor(2 * spread + (definition.shift?.(params) ?? 0), definition.steepness?.(params)),
    () => {
      const constants = Object.fromEntries(Object.entries(params).map(([key, value]) => [key, exact(Number(value))]));
      const xs = logits.map(exact);
      const labels = name === 'sigmoid' ? [0, 1] : logits.map((_, c) => c);
      const weights = labels.map((label) =>
        typeof alpha === 'number' ? link.alpha(alpha, exact(label)) : alpha === undefined ? one : exact(alpha[label]),
      );
      const loss = (at: readonly Decimal[], c: number) => link.loss(definition, at, labels[c], constants, at);
      /** −∂L_c/∂x_c, and at a sigmoid |∂L_c/∂x|. */
      const pulls = labels.map((_, c) => {
        const { point, chain } = loss(xs, c);
        return chain(point.slope)[name === 'sigmoid' ? 0 : c].times(weights[c]).abs();
      });
      const eta = normalised(name === 'sigmoid' ? [pulls[1], pulls[0]] : softmaxShares(xs, pulls));
      const expected = (at: readonly Decimal[]) =>
        sum(labels.map((_, c) => loss(at, c).point.value.times(weights[c]).times(eta[c])));
      if (confirmed) confirm(JSON.stringify(spec), xs, expected);
      return name === 'sigmoid' ? [eta[1]] : eta;
    },
  );
}

/** Σ_c η_c ∂L_c/∂x_j = 0 with ∂L_c/∂x_j = s_c (δ_cj − p_j) / (1 − p_c): η_c is as p_c (1 − p_c) / s_c. */
function softmaxShares(xs: readonly Decimal[], pulls: readonly Decimal[]): Decimal[] {
  const powers = xs.map((x) => exp(x));
  const total = sum(powers);
  return powers.map((power, c) =>
    power
      .times(sum(powers.filter((_, j) => j !== c)))
      .div(total.times(total))
      .div(pulls[c]),
  );
}

function normalised(shares: readonly Decimal[]): Decimal[] {
  const total = sum(shares);
  return shares.map((share) => share.div(total));
}

/** Throws unless a function is larger a step away from `xs`, along every axis. */
function confirm(what: string, xs: readonly Decimal[], f: (at: readonly Decimal[]) => Decimal): void {
  const least = f(xs);
  xs.forEach((_, j) => {
    for (const step of [-0.125, 0.125]) {
      const there = f(xs.map((x, k) => (k === j ? x.plus(step) : x)));
      if (!there.gt(least)) throw new Error(`${what}: at ${xs.join(', ')} the expected loss is not least`);
    }
  });
}
