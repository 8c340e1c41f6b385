import { checkTold, identifiers, jet, type Logged, type Loss, logOf, logs, type Text, textOps } from '@focal-loss/core';
import type { Language } from './language.ts';
import { formulaParameters, type ShaderFunction, written, writtenOf } from './point.ts';
import { marginStruct } from './rows.ts';

/**
 * The probability η that the minimum of a loss stands for, before α: at a sigmoid `posterior(x, …)`, log(η/(1−η)) of a logit; at a
 * softmax `posterior(margin, …)` of the `Margin` of one class (see {@link rowFunctions}), log η but for what all classes of a
 * row have in common. α adds log((1−α)/α), or takes log α_c. Shape: elementwise.
 *
 * @throws {@link FocalLossError} with the reason, of a loss whose minimum does not tell it.
 */
export function posteriorFunction(language: Language, loss: Loss): ShaderFunction {
  checkTold(loss);
  const { define, syntax } = language;
  const params = formulaParameters(loss);
  const names = params.map(({ name }) => name);
  const args = names.map((name) => `, ${name}`).join('');
  const softmax = loss.link === 'softmax';
  const takes = softmax ? ['x', 'low', ...names] : ['x', ...names];
  const { statements, results } = written(loss, () => logOdds(language, loss, takes));
  const code = [
    define({
      title: softmax ? 'log η of a class with the margin x + low, but for a constant of the row.' : 'log(η/(1-η)).',
      name: 'logOdds',
      takes,
      gives: 'float',
      statements: [...statements, `return ${results[0]};`],
    }),
    ...(softmax ? [marginStruct(language)] : []),
    language.constant('FARTHEST', 2 ** 95),
    // Far out it is a line.
    define({
      title: 'The same of any logit or margin.',
      name: 'posterior',
      takes: [softmax ? ['margin', 'Margin'] : 'x', ...names],
      gives: 'float',
      statements: [
        syntax.declare('whole', softmax ? 'margin.half' : 'x'),
        syntax.declare('near', 'clamp(whole, -FARTHEST, FARTHEST)'),
        syntax.declare('odds', softmax ? `logOdds(2.0 * near, margin.low${args})` : `logOdds(near${args})`),
        `return ${language.choose('abs(whole) > FARTHEST', 'odds * (whole / near)', 'odds')};`,
      ],
    }),
  ];
  return { name: 'posterior', params, code: code.join('\n\n') };
}

function logOdds({ syntax }: Language, loss: Loss, takes: readonly string[]) {
  const { formula, params, link } = loss;
  const keys = Object.keys(params);
  const [names, numbers] = [identifiers(keys), writtenOf(loss)];
  const { ops: o, program } = textOps(syntax, takes);
  const l = logs(o);
  const at = jet(
    formula,
    l,
    Object.fromEntries(
      keys.map((key): [string, Logged<Text>] => [
        key,
        // A 0 chooses, and what it rules out has no logarithm.
        key in numbers || params[key] === 0
          ? l.constant(params[key])
          : { value: { code: names[key] }, ...(params[key] > 0 && { sign: 1 as const }) },
      ]),
    ),
    1,
  );
  /** log|∂f/∂x| at a label. */
  const slope = (x: Text, y: 0 | 1) => logOf(o, at({ value: x }, l.constant(y))[1]);
  if (link === 'sigmoid') return program([o.sub(slope({ code: 'x' }, 0), slope({ code: 'x' }, 1))]);
  const z: Text = { code: 'x', low: 'low' };
  const flat = o.neg(o.add(o.softplus(z), o.softplus(o.neg(z))));
  return program([o.sub(flat, slope(z, 1))]);
}
