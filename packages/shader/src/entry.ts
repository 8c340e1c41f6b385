import { type Derivative, FocalLossError, type Loss } from '@focal-loss/core';
import { compensated } from './compensated.ts';
import type { Language } from './language.ts';
import { lossFunction } from './loss.ts';
import { marginLoss } from './margin.ts';
import { rowFunctions } from './rows.ts';
import { scaleFunction } from './scale.ts';

/** How a kernel gets at the numbers of a call. */
export interface Access {
  /** Number i, as a float: of the logits X, the targets Y, the weights W, or at a softmax of A, one α a class. */
  read(input: 'X' | 'Y' | 'W' | 'A', i: string): string;
  /** What all entries share: a parameter of the loss, the integer `classes`, or the float `NAN`. */
  shared(name: string): string;
}

/**
 * What entry i contributes, for kernels in which one invocation does an entry: `entry(i)`, with all that it calls beside
 * `prelude`. An entry that is ignored or weighs nothing contributes 0, whatever its logits; a target or weight that is
 * none, or a NaN among the logits, makes NaN.
 *
 * It returns the loss. If the slope is wanted it is a vector: loss and slope, at a softmax with the largest other logit and
 * the sum of shares behind them, of which the gradient of the row is made: see {@link rowFunctions}.
 *
 * @throws {@link FocalLossError} for what an entry alone does not tell: smoothed labels at a softmax, places, a list of α at a
 *   sigmoid.
 */
export function entryFunction(
  language: Language,
  loss: Loss,
  wants: readonly Derivative[],
  weighted: boolean,
  { read, shared }: Access,
): string {
  checkEntry(loss);
  const { choose, define, typeName, variable } = language;
  const { declare } = language.syntax;
  const softmax = loss.link === 'softmax';
  const slope = wants.includes('grad');
  const gives = !slope ? 'float' : softmax ? 'vec4' : 'vec2';
  const give = (value: string) => `return ${typeName(gives)}(${value});`;
  const [silent, none] = [give('0.0'), give(shared('NAN'))];
  const classes = shared('classes');
  const hit = `${typeName('int')}(y)`;

  const own = (softmax ? marginLoss : lossFunction)(language, loss, wants);
  const scale = scaleFunction(language, loss);
  const factors = scale.params.map(({ name }) => (name === 'alpha' ? read('A', hit) : shared(name)));
  const first = softmax ? 'marginOf(x, largest, sum)' : 'x, y';
  const call = `loss(${[first, ...own.params.map(({ name }) => shared(name))].join(', ')})`;
  const isClass = `y < ${typeName('float')}(${classes}) && floor(y) == y`;
  const each = (...lines: readonly string[]) => [
    `for (${variable('j', 'int', '0')} j < ${classes}; j++) {`,
    ...lines.map((line) => `  ${line}`),
    '}',
  ];
  const sum = compensated(language, 'sum');
  const row = [
    variable('first', 'int', `i * ${classes}`),
    variable('hit', 'int', hit),
    variable('largest', 'float', read('X', `first + ${choose('hit == 0', '1', '0')}`)),
    variable('none', 'bool', 'false'),
    ...each(
      declare('x', read('X', 'first + j')),
      'none = none || isNone(x);',
      'if (j != hit) { largest = max(largest, x); }',
    ),
    // The sum of the other classes' shares, with what rounding takes from it.
    ...sum.start,
    ...each('if (j == hit) { continue; }', ...sum.plus(`share(${read('X', 'first + j')}, largest)`)),
    declare('x', read('X', 'first + hit')),
    `if (none || (isInfinite(x) && x == largest)) { ${none} }`,
  ];
  const entry = define({
    title: 'What entry i contributes.',
    name: 'entry',
    takes: [['i', 'int']],
    gives,
    statements: [
      declare('y', read('Y', 'i')),
      ...(loss.ignoreIndex === undefined ? [] : [`if (y == ${shared('ignoreIndex')}) { ${silent} }`]),
      `if (isNone(y) || !(y >= 0.0 && ${softmax ? isClass : 'y <= 1.0'})) { ${none} }`,
      declare('w', weighted ? read('W', 'i') : '1.0'),
      ...(weighted ? [`if (isNone(w) || isInfinite(w) || w < 0.0) { ${none} }`] : []),
      declare('scale', `scaleOf(${['y', 'w', ...factors].join(', ')})`),
      `if (scale == 0.0) { ${silent} }`,
      ...(softmax ? row : [declare('x', read('X', 'i')), `if (isNone(x)) { ${none} }`]),
      ...(slope ? [variable('at', 'Point', call)] : []),
      give(!slope ? `scale * ${call}` : `scale * at.value, scale * at.slope${softmax ? ', largest, sum' : ''}`),
    ],
  });
  return [scale.code, own.code, ...(softmax ? [rowFunctions(language)] : []), entry].join('\n\n');
}

function checkEntry({ name, link, labelSmoothing, targets, alpha }: Loss): void {
  const problems = [
    ...(link === 'softmax' && labelSmoothing !== 0
      ? [{ field: 'labelSmoothing', got: labelSmoothing, takes: '0 in a kernel that knows one class of a row' }]
      : []),
    ...(targets === 'place'
      ? [{ field: 'loss', got: name, takes: 'a loss of class indices in a kernel that knows one class of a row' }]
      : []),
    ...(link === 'sigmoid' && typeof alpha === 'object'
      ? [{ field: 'alpha', got: alpha, takes: 'one number in a kernel that does not know the class of a logit' }]
      : []),
  ];
  if (problems.length > 0) throw new FocalLossError(name, problems);
}
