import type { Derivative, Loss } from '@focal-loss/core';
import { compensated } from './compensated.ts';
import type { Access } from './entry.ts';
import type { Language, ShaderParameter } from './language.ts';
import { marginLoss } from './margin.ts';
import { formulaParameters } from './point.ts';
import { rowFunctions } from './rows.ts';
import { scaleFunction } from './scale.ts';
import { smoothingOf } from './smoothing.ts';

/** What a row keeps for its gradient: the fields of `SoftRow`, all numbers. */
export const SOFT_ROW = ['value', 'largest', 'below', 'top', 'second', 'sumOfTop', 'slopes', 'ofTop'] as const;

/** The parameters that {@link softRowFunctions} read by `shared`, beside `classes` and `NAN`. */
export const softRowParameters = (language: Language, loss: Loss): readonly ShaderParameter[] => [
  ...formulaParameters(loss),
  ...smoothingOf(loss),
  ...rowScale(language, loss).params,
];

/** α counts at each class. */
const rowScale = (language: Language, loss: Loss) => scaleFunction(language, { ...loss, alpha: undefined });

/**
 * What a row contributes to a softmax loss of rows of probabilities y, Σ_c y_c·f(z_c) over the margins z_c of all classes; of class
 * indices with smoothed labels and of places, which are such rows too. For kernels in which one invocation does a row:
 *
 * - `softRow(i)` gives the loss of row i; if the slope is wanted a `SoftRow` with the fields {@link SOFT_ROW}: the loss; the
 *   largest logit, the sum of the shares of the others, and the class it is of; the largest of its others and the sum of their
 *   shares; and what the classes send to the others, Σ f′(z_c)/S_c without that of the largest, and that.
 * - then `slopeAt(row, i, j)` gives the gradient at class j: f′ of its own less r_j = e_j/S_c of each of the others' f′.
 *
 * A row that weighs nothing or is ignored contributes 0, whatever its logits: its `top` is −1. A bad target or weight, or NaN
 * among the logits, makes NaN: its `top` is −2.
 *
 * @param targetRows Whether Y has a probability for each class, and not a class or place for each row.
 */
export function softRowFunctions(
  language: Language,
  loss: Loss,
  wants: readonly Derivative[],
  weighted: boolean,
  targetRows: boolean,
  { read, shared }: Access,
): string {
  const { choose, define, typeName, variable } = language;
  const { declare } = language.syntax;
  const grad = wants.includes('grad');
  const [int, float] = [typeName('int'), typeName('float')];
  const classes = shared('classes');
  const place = loss.targets === 'place';
  const own = marginLoss(language, loss, wants);
  const scale = rowScale(language, loss);
  const each = (...lines: readonly string[]) => [
    `for (${variable('j', 'int', '0')} j < ${classes}; j++) {`,
    ...lines.map((line) => `  ${line}`),
    '}',
  ];
  const logit = (j: string) => read('X', `first + ${j}`);
  const target = targetRows ? read('Y', 'first + j') : 'y';
  const lossAt = `loss(${['margin', ...own.params.map(({ name }) => shared(name))].join(', ')})`;

  const nearness = choose(
    'a == floor(y)',
    '1.0 - (y - floor(y))',
    choose('a == floor(y) + 1.0', 'y - floor(y)', '0.0'),
  );
  const plain = targetRows ? 'y' : place ? nearness : choose('a == y', '1.0', '0.0');
  const smooth =
    loss.labelSmoothing === 0 ? plain : `${plain} * ${shared('kept')} + ${shared('spread')} / ${float}(${classes})`;
  const amount = define({
    title: 'What the loss of class j is multiplied by, of a label y.',
    name: 'amountOf',
    takes: ['y', ['j', 'int']],
    gives: 'float',
    statements: [
      declare('a', `${float}(j)`),
      `return ${loss.alpha === undefined ? smooth : `${read('A', 'j')} * (${smooth})`};`,
    ],
  });

  /** Of class j: its logit, its share of the largest, the sum of the others' shares, and its margin. */
  const marginAt = (of: string) => [
    variable('isTop', 'bool', `j == ${of === '' ? 'top' : `${int}(row.top)`}`),
    declare('x', logit('j')),
    declare('e', choose('isTop', '1.0', `share(x, ${of}largest)`)),
    declare('sum', choose('isTop', `${of}sumOfTop`, `1.0 + (${of}below - e)`)),
    variable('margin', 'Margin', `marginOf(x, ${choose('isTop', `${of}second`, `${of}largest`)}, sum)`),
  ];
  const give = (value: string, top: string) => {
    const fields: Readonly<Record<string, string>> = { value, top };
    return `return ${grad ? `SoftRow(${SOFT_ROW.map((name) => fields[name] ?? '0.0').join(', ')})` : value};`;
  };
  const [silent, none] = [give('0.0', '-1.0'), give(shared('NAN'), '-2.0')];
  const isLabel = place ? `y <= ${float}(${classes} - 1)` : `y < ${float}(${classes}) && floor(y) == y`;
  const label = targetRows
    ? []
    : [
        declare('y', read('Y', 'i')),
        ...(loss.ignoreIndex === undefined ? [] : [`if (y == ${shared('ignoreIndex')}) { ${silent} }`]),
        `if (isNone(y) || !(y >= 0.0 && ${isLabel})) { ${none} }`,
      ];
  const [below, shares, total, slopes] = ['below', 'sumOfTop', 'total', 'slopes'].map((name) =>
    compensated(language, name),
  );
  const row = define({
    title: 'What row i contributes.',
    name: 'softRow',
    takes: [['i', 'int']],
    gives: grad ? 'SoftRow' : 'float',
    statements: [
      variable('first', 'int', `i * ${classes}`),
      ...label,
      declare('w', weighted ? read('W', 'i') : '1.0'),
      ...(weighted ? [`if (isNone(w) || isInfinite(w) || w < 0.0) { ${none} }`] : []),
      variable('top', 'int', '0'),
      variable('largest', 'float', logit('0')),
      variable('none', 'bool', 'false'),
      ...(targetRows ? [variable('wrong', 'bool', 'false')] : []),
      variable('counts', 'bool', 'false'),
      ...each(
        declare('x', logit('j')),
        'none = none || isNone(x);',
        'if (x > largest) { largest = x; top = j; }',
        ...(targetRows ? [declare('y', target), 'wrong = wrong || isNone(y) || !(y >= 0.0 && y <= 1.0);'] : []),
        'counts = counts || amountOf(y, j) != 0.0;',
      ),
      ...(targetRows ? [`if (wrong) { ${none} }`] : []),
      declare(
        'scale',
        `scaleOf(${[targetRows ? '0.0' : 'y', 'w', ...scale.params.map(({ name }) => shared(name))].join(', ')})`,
      ),
      `if (scale == 0.0 || !counts) { ${silent} }`,
      variable('second', 'float', logit(choose('top == 0', '1', '0'))),
      ...below.start,
      ...each(
        'if (j == top) { continue; }',
        declare('x', logit('j')),
        'second = max(second, x);',
        ...below.plus('share(x, largest)'),
      ),
      `if (none || (isInfinite(largest) && largest == second)) { ${none} }`,
      ...shares.start,
      ...each('if (j == top) { continue; }', ...shares.plus(`share(${logit('j')}, second)`)),
      ...total.start,
      ...(grad ? [...slopes.start, variable('ofTop', 'float', '0.0')] : []),
      ...each(
        declare('amount', `amountOf(${target}, j)`),
        'if (amount == 0.0) { continue; }',
        ...marginAt(''),
        ...(grad
          ? [
              variable('at', 'Point', lossAt),
              declare('slope', 'amount * at.slope'),
              // Chosen, not skipped: the last statements of a loop have a scope of their own.
              `ofTop = ${choose('isTop', 'slope', 'ofTop')};`,
              declare('sent', choose('isTop', '0.0', 'slope / sum')),
              ...block(slopes.plus('sent')),
            ]
          : []),
        ...block(total.plus(grad ? 'amount * at.value' : `amount * ${lossAt}`)),
      ),
      grad
        ? `return SoftRow(scale * total, largest, below, ${float}(top), second, sumOfTop, slopes, ofTop);`
        : 'return scale * total;',
    ],
  });
  if (!grad) return [scale.code, own.code, rowFunctions(language), amount, row].join('\n\n');

  const slope = define({
    title: 'The slope of row i at the logit of class j.',
    name: 'slopeAt',
    takes: [
      ['row', 'SoftRow'],
      ['i', 'int'],
      ['j', 'int'],
    ],
    gives: 'float',
    statements: [
      `if (row.top < 0.0) { return ${choose('row.top == -1.0', '0.0', shared('NAN'))}; }`,
      variable('first', 'int', `i * ${classes}`),
      ...(targetRows ? [] : [declare('y', read('Y', 'i'))]),
      ...marginAt('row.'),
      declare('amount', `amountOf(${target}, j)`),
      variable('slope', 'float', 'row.ofTop'),
      `if (!isTop) { slope = ${choose('amount == 0.0', '0.0', `amount * ${lossAt}.slope`)}; }`,
      declare('toOthers', `row.slopes - ${choose('isTop', '0.0', 'slope / sum')}`),
      declare('r', `${choose('isTop', '0.0', 'share(x, row.second)')} / row.sumOfTop`),
      `return ${weighted ? `${read('W', 'i')} * ` : ''}((slope - e * toOthers) - r * row.ofTop);`,
    ],
  });
  const struct = language.struct('SoftRow', SOFT_ROW, 'What a row keeps for its gradient.');
  return [scale.code, own.code, rowFunctions(language), struct, amount, row, slope].join('\n\n');
}

/** Statements with names of their own. */
const block = (lines: readonly string[]) => ['{', ...lines.map((line) => `  ${line}`), '}'];
