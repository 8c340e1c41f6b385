import type { Derivative, Loss } from '@focal-loss/core';
import type { Language } from './language.ts';
import {
  body,
  continued,
  formulaParameters,
  parametersOf,
  pointStruct,
  type Result,
  resultOf,
  type ShaderFunction,
  withSlope,
} from './point.ts';
import { smoothedLabel } from './smoothing.ts';

/** The function of a sigmoid loss. */
export interface LossFunction extends ShaderFunction {
  /**
   * The name of its function for hard labels and |x| ≤ 2⁹⁶, the shortest there is: it takes `side`, 1 for a positive and
   * −1 for a negative, in the place of y. Undefined where labels are smoothed, none of which is hard, and where it was not asked for.
   */
  readonly ofHard: string | undefined;

  /** The name of its function for any label and |x| ≤ 2⁹⁶. */
  readonly ofAny: string;
}

/**
 * The loss of one logit and one target, before α, weights and reduction: `loss(x, y, …)`, for any logit but NaN; at ±∞ it
 * gives the limit. Shape: elementwise.
 *
 * A hard label takes the shorter program, and only a soft one, or a logit beyond 2⁹⁶, that for any.
 *
 * @param hard Whether there is the shorter program.
 * @param wants What it returns: of one part the number, of several a `Point` with the fields `value`, `slope` (by the logit)
 *   and `curvature`, the last where it is wanted.
 * @throws {@link FocalLossError} if the formula cannot be written down.
 */
export function lossFunction(
  language: Language,
  loss: Loss,
  wants: readonly Derivative[],
  { hard = true }: { readonly hard?: boolean } = {},
): LossFunction {
  if (loss.labelSmoothing !== 0) return smoothedLoss(language, loss, wants);
  const { choose, define, syntax } = language;
  const params = formulaParameters(loss);
  const names = params.map(({ name }) => name);
  const args = names.map((name) => `, ${name}`).join('');
  const result = resultOf(wants);
  const anyLabel = resultOf(withSlope(wants));
  const takes = ['x', 'y', ...names];
  const ofAny = (name: string, gives: Result, title = `${loss.name} of any label.`) =>
    body(language, loss, 'any', gives, { title, name, takes });
  /** Far out it goes on along its slope, whether or not that is wanted. */
  const continuing = (name: string, near: string) =>
    define({
      title: 'The loss of any label and any logit.',
      name,
      takes,
      gives: result.type,
      statements: [
        syntax.declare('near', 'clamp(x, -FAR, FAR)'),
        language.variable('at', anyLabel.type, `${near}(near, y${args})`),
        `at.value = ${continued(language, 'at', 'at.slope * (x - near)')};`,
        `return ${result.from('at')};`,
      ],
    });
  const far = language.constant('FAR', 2 ** 96);
  if (!hard) {
    const apart = result.type !== anyLabel.type;
    const code = [
      pointStruct(language, wants),
      ofAny('ofAny', result),
      ...(apart ? [ofAny('ofFar', anyLabel, 'The same with its slope.')] : []),
      far,
      continuing('loss', apart ? 'ofFar' : 'ofAny'),
    ];
    return { name: 'loss', params, code: code.join('\n\n'), ofHard: undefined, ofAny: 'ofAny' };
  }
  const code = [
    pointStruct(language, wants),
    body(language, loss, 'hard', result, {
      title: `${loss.name} of a hard label: side is 1 for a positive and -1 for a negative.`,
      name: 'ofHard',
      takes: ['x', 'side', ...names],
    }),
    ofAny('ofAny', anyLabel),
    far,
    continuing('ofRare', 'ofAny'),
    define({
      title: 'The loss of a logit and a label: a hard one, and a near logit, take the shorter program.',
      name: 'loss',
      takes,
      gives: result.type,
      statements: [
        language.variable('at', result.type),
        // The label itself: 2y - 1 of one that is very small is -1.
        ...language.either(
          '(y != 0.0 && y != 1.0) || abs(x) > FAR',
          `at = ofRare(x, y${args});`,
          `at = ofHard(x, ${choose('y < 0.5', syntax.number(-1), '1.0')}${args});`,
        ),
        'return at;',
      ],
    }),
  ];
  return { name: 'loss', params, code: code.join('\n\n'), ofHard: 'ofHard', ofAny: 'ofAny' };
}

/**
 * {@link lossFunction} of labels that are smoothed: `y` is the label as it came. Where labels are alike, f(x, y) = f(−x, 1 − y) is
 * taken at the smaller of both, which has all its digits; where they are apart, the formula is given both.
 */
function smoothedLoss(language: Language, loss: Loss, wants: readonly Derivative[]): LossFunction {
  const { choose, define, syntax } = language;
  const own = formulaParameters(loss).map(({ name }) => name);
  const args = own.map((name) => `, ${name}`).join('');
  const alike = loss.labels === 'alike';
  const result = resultOf(wants);
  const anyLabel = resultOf(withSlope(wants));
  const takes = ['x', 'y', ...(alike ? [] : ['rest']), ...own];
  const turned = alike
    ? [
        syntax.declare('side', choose('up > down', syntax.number(-1), '1.0')),
        syntax.declare('near', 'clamp(x, -FAR, FAR)'),
        language.variable('at', anyLabel.type, `ofAny(side * near, min(up, down)${args})`),
        'at.slope = side * at.slope;',
      ]
    : [
        syntax.declare('near', 'clamp(x, -FAR, FAR)'),
        language.variable('at', anyLabel.type, `ofAny(near, up, down${args})`),
      ];
  const code = [
    pointStruct(language, wants),
    body(language, loss, 'any', anyLabel, {
      title: `${loss.name} of a label${alike ? '' : ', rest = 1 - y'}.`,
      name: 'ofAny',
      takes,
    }),
    language.constant('FAR', 2 ** 96),
    define({
      title: 'The loss of a label that is smoothed here, and of any logit.',
      name: 'loss',
      takes: ['x', 'y', ...parametersOf(loss).map(({ name }) => name)],
      gives: result.type,
      statements: [
        syntax.declare('up', smoothedLabel.up),
        syntax.declare('down', smoothedLabel.down),
        ...turned,
        `at.value = ${continued(language, 'at', 'at.slope * (x - near)')};`,
        `return ${result.from('at')};`,
      ],
    }),
  ];
  return { name: 'loss', params: parametersOf(loss), code: code.join('\n\n'), ofHard: undefined, ofAny: 'ofAny' };
}
