import { defineLoss, sigmoidFocal, sigmoidFocalStar, softmaxFocal } from '@focal-loss/core';
import { expect, it } from 'vitest';
import { kernel } from '../src/kernel.ts';
import {
  lossFunction,
  marginLoss,
  paramsOf,
  posteriorFunction,
  prelude,
  rowFunctionsOf,
  scaleFunction,
  wgsl,
} from '../src/wgsl.ts';
import { usual } from './usual.ts';

it('the kernel of the sigmoid focal loss reads as if written by hand', () => {
  const loss = sigmoidFocal({ gamma: 2, alpha: 0.25 });
  expect(kernel({ ...usual, loss })).toMatchSnapshot();
});

it('the softmax form is a function of the margin', () => {
  expect(marginLoss(softmaxFocal(), { slope: true }).code).toMatchSnapshot();
});

it('the text is the same whatever the numbers', () => {
  const text = (gamma: number, beta: number) => lossFunction(sigmoidFocalStar({ gamma, beta }), { slope: true }).code;
  expect(text(4, 0)).toBe(text(0.3, -1));
  expect(lossFunction(sigmoidFocalStar({ gamma: 4, beta: 0 }), { slope: false }).params).toEqual([
    { name: 'gamma', value: 4 },
    { name: 'beta', value: 0 },
  ]);
});

it('literals are float32, without exponents, which would read as names', () => {
  expect([0, 1, 0.1, -2, 1e-12, 1e21, Infinity, 2 ** -126].map(wgsl.number)).toEqual([
    '0.0',
    '1.0',
    '0.1',
    '(-2.0)',
    '0.000000000001',
    '1000000000000000000000.0',
    '340282346638528859811704183484516925440.0',
    'TINY',
  ]);
});

it('parameters of any name get names that WGSL and the formula leave free', () => {
  const loss = defineLoss({
    name: 'mine',
    params: { while: 1.5, 'γ’': 2, e: 3 },
    formula: (o, x, y, params) => o.mul(o.add(params.while, params.e), o.pow(o.sub(o.softplus(x), y), params['γ’'])),
  });
  expect(lossFunction(loss, { slope: false }).params.map(({ name }) => name)).toEqual(['param0', 'param1', 'param2']);
});

it('a prelude has what a text calls and what that calls, and no more', () => {
  const text = prelude('let a = log1p(b); // expNegative');
  expect(text).toContain('fn log1p(');
  expect(text).toContain('fn atanhTwice(');
  expect(text).not.toContain('expNegative');
  expect(prelude('let a = b + c;')).toBe('');
});

it('an entry is multiplied by what its target has to do with it', () => {
  expect(scaleFunction(sigmoidFocal({ alpha: 0.25, ignoreIndex: -1 })).code).toMatchSnapshot();
});

it('with a prefix no two losses declare a name twice, and fields keep theirs', () => {
  const head = lossFunction(sigmoidFocal(), { slope: true, prefix: 'head' });
  const aux = marginLoss(softmaxFocal(), { slope: true, prefix: 'aux' });
  const text = [
    head.code,
    aux.code,
    rowFunctionsOf({ prefix: 'aux' }),
    scaleFunction(sigmoidFocal(), { prefix: 'head' }).code,
  ];
  const names = Array.from(text.join('\n').matchAll(/^(?:fn|struct|const) (\w+)/gm), ([, name]) => name);
  expect(names.filter((name) => !/^(head|aux)_/.test(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
  expect(head).toMatchObject({ name: 'head_loss', ofHard: 'head_ofHard' });
  expect(aux.code).toContain('fn aux_loss(margin: aux_Margin) -> aux_Point');
  expect(aux.code).toContain('at.value = at.value');
  expect(() => lossFunction(sigmoidFocal(), { slope: true, prefix: '2' })).toThrow(/prefix got "2", takes letters/);
});

it('wrong arguments of a text ended in a TypeError, or in another text than was meant', () => {
  const wrong = (call: (...args: never[]) => unknown, ...args: readonly unknown[]) => {
    try {
      call(...(args as never[]));
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
    return 'accepted';
  };
  expect([
    wrong(lossFunction, undefined, { slope: true }),
    wrong(lossFunction, sigmoidFocal(), undefined),
    wrong(lossFunction, sigmoidFocal(), { slop: true }),
    wrong(lossFunction, sigmoidFocal(), { wants: ['gradient'] }),
    wrong(marginLoss, softmaxFocal, { slope: true }),
    wrong(paramsOf, null),
    wrong(posteriorFunction, sigmoidFocal(), { prefix: '2' }),
    wrong(scaleFunction, sigmoidFocal(), null),
    wrong(rowFunctionsOf, null),
    wrong(prelude, sigmoidFocal()),
  ]).toMatchInlineSnapshot(`
    [
      "FocalLossError: lossFunction: loss got undefined, takes a loss, made by a factory such as sigmoidFocal() or by defineLoss",
      "FocalLossError: lossFunction: options got undefined, takes an object",
      "FocalLossError: lossFunction: slop got true, takes nothing: the options are prefix, slope, wants",
      "FocalLossError: lossFunction: wants got Array(1), takes a list of 'value', 'grad' and 'hess'",
      "FocalLossError: marginLoss: loss got a function, takes a loss, made by a factory such as sigmoidFocal() or by defineLoss",
      "FocalLossError: paramsOf: loss got null, takes a loss, made by a factory such as sigmoidFocal() or by defineLoss",
      "FocalLossError: posteriorFunction: prefix got "2", takes letters, digits and _, a letter first",
      "FocalLossError: scaleFunction: options got null, takes an object",
      "FocalLossError: rowFunctionsOf: options got null, takes an object",
      "FocalLossError: prelude: text got an object of type Object, takes the code of functions",
    ]
  `);
});

it('with a prefix the function of any label carries it too', () => {
  const made = lossFunction(sigmoidFocal(), { slope: true, prefix: 'head' });
  expect([made.name, made.ofHard, made.ofAny]).toEqual(['head_loss', 'head_ofHard', 'head_ofAny']);
});
