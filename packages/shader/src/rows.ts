import type { Language } from './language.ts';

/**
 * `share(x, largest)`: e^(x − largest), 1 where both are the same infinity. What a class has of the other classes'
 * probability, times the sum of all shares.
 */
export const shareFunction = ({ choose, define, syntax: { declare } }: Language): string =>
  define({
    title: "What a class has of the other classes' probability, times the sum of all shares.",
    name: 'share',
    takes: ['x', 'largest'],
    gives: 'float',
    statements: [
      // Halves: the difference of two logits may be no number.
      declare('half', '0.5 * largest - 0.5 * x'),
      `return ${choose('x == largest', '1.0', 'expNegative(max(2.0 * half, 0.0))')};`,
    ],
  });

/**
 * The functions around `marginLoss` for rows of logits, to stand beside its code, which declares `Margin`:
 *
 * - `share(x, largest)`, the {@link shareFunction};
 * - `marginOf(x, largest, sum)`: the `Margin` of logit x, given the largest of the other logits and the sum of their shares.
 *   Then r_j = share(x_j, largest) / sum.
 */
export function rowFunctions(language: Language): string {
  const { declare } = language.syntax;
  const marginOf = language.define({
    title: 'x - log(sum of e^others), given the largest of the others and the sum of their shares.',
    name: 'marginOf',
    takes: ['x', 'largest', 'sum'],
    gives: 'Margin',
    statements: [
      declare('gap', '0.5 * x - 0.5 * largest'),
      declare('rest', '0.5 * logarithm(sum)'),
      declare('half', 'gap - rest'),
      declare('low', '2.0 * (sumLow(0.5 * x, -0.5 * largest, gap) + sumLow(gap, -rest, half))'),
      `return Margin(half, ${language.choose('abs(half) < 64.0', 'low', '0.0')});`,
    ],
  });
  return [shareFunction(language), marginOf].join('\n\n');
}

/** The structure that `marginLoss` takes. */
export const marginStruct = ({ struct }: Language): string =>
  struct(
    'Margin',
    ['half', 'low'],
    'Half the margin z, since z may be twice the largest number, and what rounding took from z.',
  );
