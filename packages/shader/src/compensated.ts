import type { Language } from './language.ts';

/** A sum of many terms that keeps its digits (Kahan), as statements. */
export interface Compensated {
  readonly start: readonly string[];
  /** Adds a term. A sum that is infinite has lost nothing to rounding, and stays what it is. */
  plus(term: string): readonly string[];
}

/** @param name The variable that has the sum. */
export function compensated({ variable, choose, syntax: { declare } }: Language, name: string): Compensated {
  const lost = `${name}Lost`;
  return {
    start: [variable(name, 'float', '0.0'), variable(lost, 'float', '0.0')],
    plus: (term) => [
      declare('term', `${term} - ${lost}`),
      declare('next', `${name} + term`),
      `${lost} = ${choose('isInfinite(next)', '0.0', `(next - ${name}) - term`)};`,
      `${name} = next;`,
    ],
  };
}
