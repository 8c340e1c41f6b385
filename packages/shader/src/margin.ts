import type { Derivative, Loss } from '@focal-loss/core';
import type { Language } from './language.ts';
import { body, continued, formulaParameters, pointStruct, resultOf, type ShaderFunction, withSlope } from './point.ts';
import { marginStruct } from './rows.ts';

/**
 * The softmax member at a margin, before α, weights and reduction: `loss(margin, …)`, where `Margin` has `half`, half the
 * margin z = x_t − logsumexp(x_j, j ≠ t), because z may be twice the largest number, and `low`, what rounding took from z.
 * `slope` is D = ∂value/∂z: then ∂value/∂x_t = D and ∂value/∂x_j = −r_j·D, where r is the softmax over the other logits.
 * Shape: one call a row. `rowFunctions` make a margin of a row.
 *
 * @param wants As in {@link lossFunction}; derivatives are by z.
 * @throws {@link FocalLossError} if the formula cannot be written down.
 */
export function marginLoss(language: Language, loss: Loss, wants: readonly Derivative[]): ShaderFunction {
  const { define, syntax } = language;
  const params = formulaParameters(loss);
  const names = params.map(({ name }) => name);
  const args = names.map((name) => `, ${name}`).join('');
  const result = resultOf(wants);
  const anyMargin = resultOf(withSlope(wants));
  const takes = ['x', 'low', ...names];
  const near = (name: string) => `${name}(2.0 * near, margin.low${args})`;
  // What is not wanted is computed where it is needed only.
  const apart = result.type !== anyMargin.type;
  const code = [
    pointStruct(language, wants),
    body(language, loss, 'margin', result, { title: `${loss.name} at a margin x + low.`, name: 'ofMargin', takes }),
    ...(apart
      ? [body(language, loss, 'margin', anyMargin, { title: 'The same with its slope.', name: 'ofFar', takes })]
      : []),
    marginStruct(language),
    language.constant('HALF_FAR', 2 ** 95),
    define({
      title: 'The loss at any margin.',
      name: 'loss',
      takes: [['margin', 'Margin'], ...names],
      gives: result.type,
      statements: [
        syntax.declare('near', 'clamp(margin.half, -HALF_FAR, HALF_FAR)'),
        language.variable('at', result.type, near('ofMargin')),
        ...(apart
          ? language.rarely(
              'abs(margin.half) > HALF_FAR',
              language.variable('far', anyMargin.type, near('ofFar')),
              `far.value = ${continuedMargin(language, 'far')};`,
              `at = ${result.from('far')};`,
            )
          : [`at.value = ${continuedMargin(language, 'at')};`]),
        'return at;',
      ],
    }),
  ];
  return { name: 'loss', params, code: code.join('\n\n') };
}

const continuedMargin = (language: Language, at: string): string =>
  continued(language, at, `2.0 * ${at}.slope * (margin.half - near)`);
