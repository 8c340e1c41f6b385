import { factorsOf, type Loss } from '@focal-loss/core';
import type { Language } from './language.ts';
import type { ShaderFunction } from './point.ts';
import { smoothedLabel, smoothingOf } from './smoothing.ts';

/**
 * What an entry's loss and gradient are multiplied by, before any denominator: `scaleOf(y, weight, …)`, weight · α_t, and 0
 * for the ignored target whatever the weight.
 *
 * Its parameters, each only if the loss needs it: at a sigmoid with α `positive` and `negative`, α and 1 − α as two numbers,
 * because 1 − α of a rounded α is no good where α is near 1, and where labels are smoothed `kept` and `spread`, of which α_t
 * is made; at a softmax with α `alpha`, that of the class `y`; `ignoreIndex`. What a list of α has to give the caller looks up,
 * for the class at hand: the number given here means nothing.
 */
export function scaleFunction(language: Language, loss: Loss): ShaderFunction {
  const { alpha, ignoreIndex, link } = loss;
  const { positive, negative } = factorsOf(typeof alpha === 'number' ? alpha : undefined);
  const ofSigmoid = alpha !== undefined && link === 'sigmoid';
  const smoothing = ofSigmoid ? smoothingOf(loss) : [];
  const params = [
    ...(ofSigmoid
      ? [{ name: 'positive', value: positive }, { name: 'negative', value: negative }, ...smoothing]
      : alpha === undefined
        ? []
        : [{ name: 'alpha', value: 1 }]),
    ...(ignoreIndex === undefined ? [] : [{ name: 'ignoreIndex', value: ignoreIndex }]),
  ];
  const [up, down] = smoothing.length > 0 ? [`(${smoothedLabel.up})`, `(${smoothedLabel.down})`] : ['y', '(1.0 - y)'];
  const factor = ofSigmoid ? ` * (${up} * positive + ${down} * negative)` : alpha === undefined ? '' : ' * alpha';
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
