import type { Expect, Input } from './case.ts';
import { Decimal, exact, nearest, one, sum, zero } from './decimal.ts';
import { type Entry, scaled } from './entry.ts';
import type { Indices } from './indices.ts';
import type { Link } from './links.ts';

/** The options common to all losses. */
export interface Options {
  readonly reduction?: 'mean' | 'sum' | 'example' | 'none';
  readonly normalizer?: 'count' | 'positives' | 'weights';
  readonly alpha?: number | readonly number[];
  readonly ignoreIndex?: number;
  readonly background?: number;
  readonly labelSmoothing?: number;
  /** What the member counts as positives. */
  readonly positives?: 'ones' | undefined;
}

/** The answer to a whole input, rounded to doubles. Only elements that are not reduced carry a scale of the value. */
export function reduce(entries: readonly Entry[], link: Link, options: Options, input: Input, at: Indices): Expect {
  const { reduction = 'mean' } = options;
  const divisor = reduction === 'mean' ? denominator(link, options, input, at) : one;
  const parts = entries.map((part) => scaled(part, divisor.isZero() ? zero : one.div(divisor)));
  const values = parts.map(({ value }) => value);
  const spread = (of: (part: Entry) => readonly Decimal[]): Decimal[] => {
    const all = Array<Decimal>(input.logits.length).fill(zero);
    parts.forEach((part, i) => {
      at.logits(i).forEach((place, k) => {
        all[place] = of(part)[k];
      });
    });
    return all;
  };
  const grad = spread((part) => part.grad);
  const gradScale = written(
    grad,
    spread((part) => part.gradScale),
  );
  const valueScale = written(
    values,
    parts.map((part) => part.valueScale),
  );
  return {
    value:
      reduction === 'none'
        ? values.map(nearest)
        : reduction === 'example'
          ? Array.from({ length: at.examples }, (_, k) => nearest(sum(values.filter((_, i) => at.example(i) === k))))
          : nearest(sum(values).times(input.repeat ?? 1)),
    grad: grad.map(nearest),
    ...(reduction === 'none' && valueScale && { valueScale }),
    ...(gradScale && { gradScale }),
  };
}

/** What 'mean' divides by. */
function denominator(link: Link, options: Options, input: Input, at: Indices): Decimal {
  const { normalizer = 'count', ignoreIndex, background, positives } = options;
  const { targets, weights, repeat = 1 } = input;
  if (input.normalizer !== undefined) return exact(input.normalizer);
  const kept = Array.from({ length: at.count }, (_, i) => i).filter((i) => at.rows || targets[i] !== ignoreIndex);
  const total = (of: (i: number) => Decimal) => sum(kept.map(of)).times(repeat);
  const positive = (i: number): Decimal => {
    if (at.rows) return sum(at.logits(i).flatMap((place, c) => (c === background ? [] : [exact(targets[place])])));
    if (positives === 'ones') return targets[i] === 1 ? one : zero;
    return link.positive(targets[i], background);
  };
  switch (normalizer) {
    case 'count':
      return total(() => one);
    case 'positives':
      return Decimal.max(1, total(positive));
    case 'weights':
      return total((i) => (weights === undefined ? one : exact(weights[at.weight(i)])));
  }
}

/** The scales, if any of them is not the absolute value of its truth anyway. */
function written(truths: readonly Decimal[], scales: readonly Decimal[]): readonly number[] | undefined {
  const rounded = scales.map(nearest);
  return rounded.some((scale, i) => !Object.is(scale, nearest(truths[i].abs()))) ? rounded : undefined;
}
