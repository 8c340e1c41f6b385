import type { Expect, Input } from './case.ts';
import { Decimal, exact, nearest, one, sum, zero } from './decimal.ts';
import { type Entry, scaled } from './entry.ts';
import type { Link } from './links.ts';

/** The options common to all losses. */
export interface Options {
  readonly reduction?: 'mean' | 'sum' | 'none';
  readonly normalizer?: 'count' | 'positives' | 'weights';
  readonly alpha?: number | readonly number[];
  readonly ignoreIndex?: number;
  readonly background?: number;
}

/** The answer to a whole input, rounded to doubles. Only elements that are not reduced carry a scale of the value. */
export function reduce(entries: readonly Entry[], link: Link, options: Options, input: Input): Expect {
  const { reduction = 'mean' } = options;
  const divisor = reduction === 'mean' ? denominator(link, options, input) : one;
  const parts = entries.map((part) => scaled(part, divisor.isZero() ? zero : one.div(divisor)));
  const values = parts.map(({ value }) => value);
  const grad = parts.flatMap((part) => part.grad);
  const gradScale = written(
    grad,
    parts.flatMap((part) => part.gradScale),
  );
  const valueScale = written(
    values,
    parts.map((part) => part.valueScale),
  );
  return {
    value: reduction === 'none' ? values.map(nearest) : nearest(sum(values).times(input.repeat ?? 1)),
    grad: grad.map(nearest),
    ...(reduction === 'none' && valueScale && { valueScale }),
    ...(gradScale && { gradScale }),
  };
}

/** What 'mean' divides by. */
function denominator(link: Link, { normalizer = 'count', ignoreIndex, background }: Options, input: Input): Decimal {
  const { targets, weights, repeat = 1 } = input;
  if (input.normalizer !== undefined) return exact(input.normalizer);
  const kept = targets.flatMap((target, i) => (target === ignoreIndex ? [] : [{ target, weight: weights?.[i] ?? 1 }]));
  const total = (of: (kept: { target: number; weight: number }) => Decimal) => sum(kept.map(of)).times(repeat);
  switch (normalizer) {
    case 'count':
      return total(() => one);
    case 'positives':
      return Decimal.max(
        1,
        total(({ target }) => link.positive(target, background)),
      );
    case 'weights':
      return total(({ weight }) => exact(weight));
  }
}

/** The scales, if any of them is not the absolute value of its truth anyway. */
function written(truths: readonly Decimal[], scales: readonly Decimal[]): readonly number[] | undefined {
  const rounded = scales.map(nearest);
  return rounded.some((scale, i) => !Object.is(scale, nearest(truths[i].abs()))) ? rounded : undefined;
}
