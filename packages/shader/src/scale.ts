import { factorsOf, type Loss } from '@focal-loss/core';
import type { Language } from './language.ts';
import type { ShaderFunction } from './loss.ts';

/**
 * What an entry's loss and gradient are multiplied by, before any denominator: `scaleOf(y, weight, …)`, weight · α_t, and 0
 * for the ignored target whatever the weight.
 *
 * Its parameters, each only if the loss needs it: at a sigmoid with α `positive` and `negative`, α and 1 − α as two numbers,
 * because 1 − α of a rounded α is no good where α is near 1; at a softmax with α `alpha`, that of the class `y`, for the
 * caller to look up (the number given here means nothing); `ignoreIndex`.
 */
export function scaleFunction(language: Language, { alpha, ignoreIndex }: Loss): ShaderFunction {
  const { positive, negative } = factorsOf(typeof alpha === 'number' ? alpha : undefined);
  const params = [
    ...(typeof alpha === 'number'
      ? [
          { name: 'positive', value: positive },
          { name: 'negative', value: negative },
        ]
      : alpha === undefined
        ? []
        : [{ name: 'alpha', value: 1 }]),
    ...(ignoreIndex === undefined ? [] : [{ name: 'ignoreIndex', value: ignoreIndex }]),
  ];
  const factor =
    typeof alpha === 'number' ? ' * (y * positive + (1.0 - y) * negative)' : alpha === undefined ? '' : ' * alpha';
  const code = language.define({
    title: 'What an entry is multiplied by.',
    name: 'scaleOf',
    takes: ['y', 'weight', ...params.map(({ name }) => name)],
    gives: 'float',
    statements: [
      ...(ignoreIndex === undefined ? [] : ['if (y == ignoreIndex) { return 0.0; }']),
      `return weight${factor};`,
    ],
  });
  return { name: 'scaleOf', params, code };
}
