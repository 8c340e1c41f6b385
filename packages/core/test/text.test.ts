import { describe, expect, it } from 'vitest';
import { formulas, type Latex, latex, numbers, textOps, valueAndDerivative } from '../src/index.ts';
import { javascript } from './javascript.ts';
import { settingOf } from './settings.ts';

const logits = [-100, -17, -1.5, -1e-8, 0, 1e-8, 0.3, 5, 40, 100];

describe('textOps', () => {
  const params = Object.fromEntries(['gamma', 'beta'].map((name) => [name, { code: name }]));

  it.each(formulas.family)('$key: the program computes what the numbers do', (member) => {
    const { formula } = member;
    const numbersFor = settingOf(member);
    const names = Object.keys(numbersFor);
    const { ops, program } = textOps(javascript, names);
    const params = Object.fromEntries(names.map((name) => [name, { code: name }]));
    const written = valueAndDerivative(formula, ops, { code: 'x' }, { code: 'y' }, params);
    const { statements, results } = program([written.value, written.derivative]);
    const run = new Function('x', 'y', ...names, `${statements.join('\n')}\nreturn [${results}];`);
    for (const x of logits) {
      for (const y of [0, 0.25, 1]) {
        const [value, derivative] = run(x, y, ...Object.values(numbersFor));
        const expected = valueAndDerivative(formula, numbers, x, y, numbersFor);
        expect(value).toBeCloseTo(expected.value, 12);
        expect(derivative).toBeCloseTo(expected.derivative, 12);
      }
    }
  });

  it('shares exp and log1p between a value and its derivative', () => {
    const { ops, program } = textOps(javascript);
    const { value, derivative } = valueAndDerivative(formulas.focal.formula, ops, { code: 'x' }, { code: 'y' }, params);
    const text = program([value, derivative]).statements.join('\n');
    expect(text.match(/Math\.exp/g)).toHaveLength(1);
    expect(text.match(/Math\.log1p/g)).toHaveLength(1);
  });

  it('folds 0 and 1: at γ = 0 focal loss is written as cross-entropy', () => {
    const write = (formula: typeof formulas.crossEntropy.formula, gamma: number) => {
      const { ops, program } = textOps(javascript);
      return program([formula(ops, { code: 'x' }, { code: 'y' }, { gamma: ops.constant(gamma) } as never)]).statements;
    };
    expect(write(formulas.focal.formula as never, 0)).toEqual(write(formulas.crossEntropy.formula, 0));
  });

  it('divides once for a hard label: nothing is divided by what was multiplied before', () => {
    for (const formula of [formulas.focal.formula, formulas.qualityFocal.formula]) {
      const { ops, program } = textOps(javascript);
      const at = valueAndDerivative(formula, ops, { code: 'x' }, ops.constant(1), params);
      const text = program([at.value, at.derivative]).statements.join('\n');
      expect(text.match(/ \/ /g)).toHaveLength(1);
      expect(text).not.toContain('Math.sign');
    }
  });

  it('asks for no sign of what is known to be at least 0', () => {
    const { ops, program } = textOps(javascript);
    const size = ops.abs({ code: 'x' });
    const parts = [ops.softplus(size), ops.softplus(ops.neg(size)), ops.sigmoid(size), ops.sigmoid(ops.neg(size))];
    const { statements, results } = program(parts);
    expect(statements.join('\n')).not.toMatch(/[?<>]|max/);
    const run = new Function('x', `${statements.join('\n')}\nreturn [${results}];`);
    for (const x of logits) {
      const expected = [numbers.softplus(Math.abs(x)), numbers.softplus(-Math.abs(x))];
      for (const a of [Math.abs(x), -Math.abs(x)]) expected.push(numbers.sigmoid(a));
      for (const [i, value] of (run(x) as number[]).entries()) expect(value / expected[i]).toBeCloseTo(1, 14);
    }
  });

  it('takes 1 minus a value from what is known to be that', () => {
    const { ops, program } = textOps(javascript);
    const y = { code: 'y', complement: { code: 'rest' } };
    expect(program([ops.sub(ops.constant(1), y)]).results).toEqual(['rest']);
    expect(program([ops.sub(ops.constant(2), y)]).statements).toEqual(['const t = 2 - y;']);
  });

  it('names an expression of the language, and writes into another what is no longer than is asked for', () => {
    const { ops, text, program } = textOps(javascript);
    const sum = ops.add(text('f(x)', 'own'), { code: 'y' });
    expect(program([sum]).statements).toEqual(['const t = f(x) + y;']);
    expect(program([sum], [], 0).statements).toEqual(['const own = f(x);', 'const t = own + y;']);
  });

  it('a sum keeps its brackets before an operator, also where a bracket of the language stands before it', () => {
    const { ops, text, program } = textOps(javascript);
    const sum = ops.add({ code: 'x' }, { code: 'y' });
    expect(program([text(`(${sum.code} * 2)`)]).statements).toEqual(['const t = ((x + y) * 2);']);
    expect(program([text(`f(3, ${sum.code} * 2)`)]).statements).toEqual(['const t = f(3, (x + y) * 2);']);
    expect(program([text(`f( ${sum.code} , 2)`)]).statements).toEqual(['const t = f( x + y , 2);']);
  });

  it('writes nothing that is not needed', () => {
    const { ops, program } = textOps(javascript);
    const kept = ops.add({ code: 'x' }, { code: 'y' });
    ops.exp({ code: 'x' });
    expect(program([kept])).toEqual({ statements: ['const t = x + y;'], results: ['t'] });
  });
});

describe('latex', () => {
  const symbol = (code: string): Latex => ({ code, binding: 3 });
  const print = (key: string, y: Latex) =>
    formulas.family
      .find((member) => member.key === key)
      ?.formula(latex, symbol('x'), y, { gamma: symbol('\\gamma'), beta: symbol('\\beta') }).code;

  it('prints the formulas of the docs', () => {
    expect(print('crossEntropy', symbol('y'))).toMatchInlineSnapshot(
      `"y\\,\\operatorname{softplus}\\left(-x\\right) + \\left(1 - y\\right)\\,\\operatorname{softplus}\\left(x\\right)"`,
    );
    expect(print('focal', symbol('y'))).toMatchInlineSnapshot(
      `"{\\left(y\\,\\sigma\\left(-x\\right) + \\left(1 - y\\right)\\,\\sigma\\left(x\\right)\\right)}^{\\gamma}\\,\\left(y\\,\\operatorname{softplus}\\left(-x\\right) + \\left(1 - y\\right)\\,\\operatorname{softplus}\\left(x\\right)\\right)"`,
    );
    expect(print('focal', latex.constant(1))).toMatchInlineSnapshot(
      `"{\\sigma\\left(-x\\right)}^{\\gamma}\\,\\operatorname{softplus}\\left(-x\\right)"`,
    );
    expect(print('focalStar', symbol('y'))).toMatchInlineSnapshot(
      `"\\frac{\\operatorname{softplus}\\left(-\\left(\\gamma\\,\\left(y\\,2\\,x - x\\right) + \\beta\\right)\\right)}{\\gamma}"`,
    );
    expect(print('qualityFocal', symbol('y'))).toMatchInlineSnapshot(
      `"{\\left\\lvert y\\,\\sigma\\left(-x\\right) - \\left(1 - y\\right)\\,\\sigma\\left(x\\right) \\right\\rvert}^{\\beta}\\,\\left(y\\,\\operatorname{softplus}\\left(-x\\right) + \\left(1 - y\\right)\\,\\operatorname{softplus}\\left(x\\right)\\right)"`,
    );
  });
});
