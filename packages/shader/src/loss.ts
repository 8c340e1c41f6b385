import {
  type Derivative,
  FocalLossError,
  identifiers,
  type Label,
  type Loss,
  literalsOf,
  type Program,
  program,
} from '@focal-loss/core';
import { type Definition, type Language, NO_NUMBER, type ShaderParameter } from './language.ts';
import { marginStruct } from './rows.ts';
import { smoothedLabel, smoothingOf } from './smoothing.ts';

/** A function in a shading language. */
export interface ShaderFunction {
  /** What it is called. */
  readonly name: string;
  /** The names of its parameters behind the first ones, all numbers, with what they are for this loss. */
  readonly params: readonly ShaderParameter[];
  /** Its declaration, and those of functions and structures it needs beside `prelude`. */
  readonly code: string;
}

/** The function of a sigmoid loss. */
export interface LossFunction extends ShaderFunction {
  /**
   * The name of its function for hard labels and |x| ≤ 2⁹⁶, the shortest there is: it takes `side`, 1 for a positive and
   * −1 for a negative, in the place of y. Undefined where labels are smoothed: none is hard then.
   */
  readonly ofHard: string | undefined;
}

/** The fields of `Point`. */
const FIELDS: Readonly<Record<Derivative, string>> = { value: 'value', grad: 'slope', hess: 'curvature' };

/**
 * The parameters that a loss's text leaves open; the others, the loss's {@link literalsOf | literals}, are written into it.
 * The text is the same for each value of those that are left. Behind them those of {@link smoothingOf}, at a sigmoid.
 */
export const parametersOf = (loss: Loss): readonly ShaderParameter[] => [
  ...formulaParameters(loss),
  ...(loss.link === 'sigmoid' ? smoothingOf(loss) : []),
];

/** Those of the formula. */
export function formulaParameters(loss: Loss): readonly ShaderParameter[] {
  const names = identifiers(Object.keys(loss.params));
  const numbers = writtenOf(loss);
  return Object.entries(loss.params).flatMap(([key, value]) => (key in numbers ? [] : [{ name: names[key], value }]));
}

/**
 * The slope of a¹ at 0 is 1, but that of every other power is 0: only where an exponent is known can the two be told apart.
 * In the family no power's base is 0 unless it underflows.
 */
export const writtenOf = (loss: Loss): Readonly<Record<string, number>> => ({
  ...literalsOf(loss),
  ...(loss.key === undefined ? Object.fromEntries(Object.entries(loss.params).filter(([, value]) => value === 1)) : {}),
});

/**
 * The loss of one logit and one target, before α, weights and reduction: `loss(x, y, …)`, for any logit but NaN; at ±∞ it
 * gives the limit. Shape: elementwise.
 *
 * A hard label takes the shorter program, and only a soft one, or a logit beyond 2⁹⁶, that for any.
 *
 * @param wants What it returns: of one part the number, of several a `Point` with the fields `value`, `slope` (by the logit)
 *   and `curvature`, the last where it is wanted.
 * @throws {@link FocalLossError} if the formula cannot be written down.
 */
export function lossFunction(language: Language, loss: Loss, wants: readonly Derivative[]): LossFunction {
  if (loss.labelSmoothing !== 0) return smoothedLoss(language, loss, wants);
  const { choose, define, syntax } = language;
  const params = formulaParameters(loss);
  const names = params.map(({ name }) => name);
  const args = names.map((name) => `, ${name}`).join('');
  const result = resultOf(wants);
  const anyLabel = resultOf(withSlope(wants));
  const code = [
    pointStruct(language, wants),
    body(language, loss, 'hard', result, {
      title: `${loss.name} of a hard label: side is 1 for a positive and -1 for a negative.`,
      name: 'ofHard',
      takes: ['x', 'side', ...names],
    }),
    body(language, loss, 'any', anyLabel, {
      title: `${loss.name} of any label.`,
      name: 'ofAny',
      takes: ['x', 'y', ...names],
    }),
    language.constant('FAR', 2 ** 96),
    define({
      title: 'The loss of any label and any logit.',
      name: 'ofRare',
      takes: ['x', 'y', ...names],
      gives: result.type,
      statements: [
        syntax.declare('near', 'clamp(x, -FAR, FAR)'),
        language.variable('at', anyLabel.type, `ofAny(near, y${args})`),
        `at.value = ${continued(language, 'at', 'at.slope * (x - near)')};`,
        `return ${result.from('at')};`,
      ],
    }),
    define({
      title: 'The loss of a logit and a label: a hard one, and a near logit, take the shorter program.',
      name: 'loss',
      takes: ['x', 'y', ...names],
      gives: result.type,
      statements: [
        language.variable('at', result.type, `ofHard(x, ${choose('y < 0.5', syntax.number(-1), '1.0')}${args})`),
        // The label itself: 2y - 1 of one that is very small is -1.
        ...language.rarely('(y != 0.0 && y != 1.0) || abs(x) > FAR', `at = ofRare(x, y${args});`),
        'return at;',
      ],
    }),
  ];
  return { name: 'loss', params, code: code.join('\n\n'), ofHard: 'ofHard' };
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
  return { name: 'loss', params: parametersOf(loss), code: code.join('\n\n'), ofHard: undefined };
}

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

/** Far out, where products with parameters would overflow, a loss stays what it is or grows along its slope. */
const continued = ({ choose }: Language, at: string, more: string): string =>
  `${at}.value + ${choose(`${at}.slope != 0.0`, more, '0.0')}`;

const continuedMargin = (language: Language, at: string): string =>
  continued(language, at, `2.0 * ${at}.slope * (margin.half - near)`);

/** How a function gives its parts back. */
interface Result {
  readonly parts: readonly Derivative[];
  readonly type: 'float' | 'Point';
  /** The same out of a `Point`. */
  from(point: string): string;
}

function resultOf(wants: readonly Derivative[]): Result {
  if (wants.length === 1) return { parts: wants, type: 'float', from: (point) => `${point}.${FIELDS[wants[0]]}` };
  return { parts: pointParts(wants), type: 'Point', from: (point) => point };
}

/** What a `Point` has: beside what is wanted always the slope, along which a loss is continued. */
const pointParts = (wants: readonly Derivative[]): readonly Derivative[] =>
  wants.includes('hess') ? ['value', 'grad', 'hess'] : ['value', 'grad'];

const withSlope = pointParts;

const pointStruct = (language: Language, wants: readonly Derivative[]): string =>
  language.struct(
    'Point',
    pointParts(wants).map((part) => FIELDS[part]),
  );

/** A formula as a function. */
function body(
  { define, syntax: plain }: Language,
  loss: Loss,
  label: Label,
  { parts, type }: Result,
  definition: Omit<Definition, 'gives' | 'statements'>,
): string {
  // Formulas say 1 - y; whoever has it with more digits hands it in.
  const sub = (a: string, b: string) => (a === plain.number(1) && b === 'y' ? 'rest' : plain.sub(a, b));
  const syntax = definition.takes.includes('rest') ? { ...plain, sub } : plain;
  const { statements, results } = written(loss, () =>
    program(loss, syntax, { label, wants: parts, literals: writtenOf(loss) }),
  );
  const result = type === 'Point' ? `Point(${results.join(', ')})` : results[0];
  // Call the results what they are; no other name in a body is one of these.
  const fields = new Map(results.map((name, i) => [name, FIELDS[parts[i]]]));
  const declared = new Set(statements.flatMap((line) => /^\w+ (\w+) =/.exec(line)?.[1] ?? []));
  const rename = (word: string) => (declared.has(word) ? (fields.get(word) ?? word) : word);
  const lines = [...statements, `return ${result};`].map((line) => line.replace(/[A-Za-z_]\w*/g, rename));
  return define({ ...definition, gives: type, statements: lines });
}

/** @throws {@link FocalLossError} where a formula does, or does what text cannot say. */
export function written(loss: Loss, write: () => Program): Program {
  try {
    const made = write();
    const lines = [...made.statements, ...made.results];
    if (lines.some((line) => line.includes(NO_NUMBER))) throw new RangeError('NaN has no literal');
    return made;
  } catch (error) {
    const takes = `a formula that can be written as shader code (${error instanceof Error ? error.message : error})`;
    throw new FocalLossError(loss.name, [{ field: 'formula', got: loss.formula, takes }]);
  }
}
