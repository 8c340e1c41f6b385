import { createHash } from 'node:crypto';
import {
  asymmetric,
  defineLoss,
  factories,
  formulas,
  type Loss,
  sigmoidFocal,
  softmaxFocal,
  varifocal,
} from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import {
  attributeNames,
  attributesOf,
  type LossGraphOptions,
  lossGraph,
  lossModel,
  nodeOps,
  operation,
  posteriorGraph,
  Writer,
} from '../src/index.ts';

const names = {
  logits: 'x',
  targets: 'y',
  weights: 'w',
  normalizer: 'n',
  value: 'value',
  grad: 'grad',
  hess: 'hess',
  topValues: 'topValues',
  topIndices: 'topIndices',
};
const graphOf = (loss: Loss = sigmoidFocal(), options: LossGraphOptions = {}, shape: (string | number)[] = ['n']) =>
  lossGraph(new Writer('float32', 17), loss, options, { name: 'x', element: 'float32', shape }, names);

describe('attributes', () => {
  it('α is two: 1 − α of a rounded α had lost an α near 1 or 0', () => {
    const { alpha, one_minus_alpha } = attributesOf(sigmoidFocal({ alpha: 1e-8 }), 'float32');
    expect([alpha, one_minus_alpha]).toEqual([
      { kind: 'float', value: 1e-8 },
      { kind: 'float', value: 1 - 1e-8 },
    ]);
  });

  it('a parameter has its own name, and the option α another if that is taken', () => {
    const loss = defineLoss({
      name: 'own',
      params: { alpha: 3, alpha_low: 1, 'ω 1': 2 },
      alpha: 0.25,
      formula: (o) => o.constant(0),
    });
    const { params, alpha } = attributeNames(loss);
    const all = [...Object.values(params), ...Object.values(alpha ?? {})].flatMap(({ name, lowName }) => [
      name,
      ...(lowName ? [lowName] : []),
    ]);
    expect(params.alpha.name).toBe('alpha');
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((name) => /^[A-Za-z_]\w*$/.test(name))).toBe(true);
  });
});

describe('nodes', () => {
  it('the same node twice is written once, whatever the order of a sum, and NaN is not infinity', () => {
    const w = new Writer('float32', 17);
    const [a, b] = [{ name: 'a' }, { name: 'b' }];
    expect(w.node('Add', [a, b])).toBe(w.node('Add', [b, a]));
    expect(w.node('Sub', [a, b])).not.toEqual(w.node('Sub', [b, a]));
    expect(w.constant(Number.NaN).name).not.toBe(w.constant(Number.POSITIVE_INFINITY).name);
  });

  it('constants are folded by core', () => {
    const w = new Writer('float32', 17);
    const o = nodeOps(w);
    const x = { name: 'x' };
    expect(o.add(o.mul(o.constant(1), x), o.constant(0))).toBe(x);
    expect(o.literal(o.mul(o.constant(2), o.constant(3)))).toBe(6);
  });
});

describe('graphs', () => {
  it('are one operation a part that is wanted, each with its function', () => {
    const { nodes, functions, outputs } = graphOf(sigmoidFocal(), { wants: ['value', 'grad', 'hess'] });
    expect(nodes.filter(({ domain }) => domain === 'focal.loss').map(({ op }) => op)).toEqual([
      'SigmoidFocal',
      'SigmoidFocalGrad',
      'SigmoidFocalHess',
    ]);
    expect(functions.map(({ outputs }) => outputs)).toEqual([['value'], ['grad'], ['hess']]);
    expect(outputs.map(({ name }) => name)).toEqual(['value', 'grad', 'hess']);
  });

  it('written inline have standard operations only', () => {
    const { nodes, functions } = graphOf(softmaxFocal({ reduction: 'none' }), { inline: true }, ['rows', 3]);
    expect(functions).toEqual([]);
    expect(nodes.filter(({ domain }) => domain !== undefined)).toEqual([]);
  });

  it('of many classes add a row up in halves', () => {
    const adds = (classes: number) =>
      graphOf(softmaxFocal(), { inline: true }, ['rows', classes]).nodes.filter(({ op }) => op === 'Slice').length;
    expect(adds(256)).toBeLessThan(adds(257));
    // 1000, 500, 250, 125, and so on to 7: two slices each, and one more of the three odd ones.
    expect(adds(1000)).toBe(adds(256) + 17);
  });

  it('are the same bytes each time, for every member and link', () => {
    for (const { key, links, params, formula } of formulas.family) {
      for (const link of links) {
        const numbers = Object.fromEntries(Object.entries(params).map(([name, { default: value }]) => [name, value]));
        const loss = defineLoss({ name: key, link, params: numbers, formula } as Parameters<typeof defineLoss>[0]);
        const digest = () => createHash('sha256').update(lossModel(loss)).digest('hex');
        expect(digest()).toBe(digest());
      }
    }
  });

  it('of plain calls are no node larger for what others can', () => {
    const counts = (loss: Loss, checked = false) => {
      const { nodes, functions } = graphOf(
        loss,
        { wants: ['value', 'grad'], checked },
        loss.link === 'softmax' ? ['n', 'c'] : ['n'],
      );
      return [nodes.length, ...functions.map(({ nodes }) => nodes.length)];
    };
    const none = { reduction: 'none' } as const;
    const { qualityFocal, sigmoidCrossEntropy, sigmoidFocalStar, softmaxFocalStar } = factories;
    const losses = [sigmoidCrossEntropy, sigmoidFocal, sigmoidFocalStar, qualityFocal, softmaxFocal, softmaxFocalStar];
    expect(losses.map((make) => counts(make(none)))).toEqual([
      [2, 18, 14],
      [2, 26, 37],
      [2, 89, 89],
      [2, 27, 42],
      [2, 74, 88],
      [2, 115, 117],
    ]);
    // What looks at targets: all but a few of these nodes look at two numbers, or at one a row.
    expect([sigmoidFocal, softmaxFocal].map((make) => counts(make(none), true)[0])).toEqual([26, 20]);
  });

  it('compute second derivatives and posteriors in float64 where sums are', () => {
    const casts = (options: LossGraphOptions) =>
      graphOf(sigmoidFocal({ reduction: 'none' }), { wants: ['hess'], ...options }).nodes.filter(
        ({ op }) => op === 'Cast',
      );
    expect(casts({})).toHaveLength(3);
    expect(casts({ accumulate: 'float32' })).toHaveLength(0);
    const logits = { name: 'x', element: 'float32', shape: ['n'] } as const;
    const of = (opset: number) => posteriorGraph(new Writer('float32', opset), sigmoidFocal(), {}, logits, 'p').nodes;
    expect(of(17).filter(({ op }) => op === 'Cast')).toHaveLength(2);
    expect(of(24).filter(({ op }) => op === 'Cast')).toHaveLength(0);
  });

  it('look along any axis, and broadcast weights', () => {
    const loss = softmaxFocal({ reduction: 'example' });
    const { inputs, outputs, nodes } = graphOf(
      loss,
      { wants: ['value', 'grad'], axis: 1, targets: 'rows', weights: true, weightsShape: ['h', 1] },
      ['n', 21, 'h', 'w'],
    );
    expect(inputs.map(({ element, shape }) => [element, shape])).toEqual([
      ['float32', ['n', 21, 'h', 'w']],
      ['float32', ['h', 1]],
    ]);
    expect(outputs.map(({ shape }) => shape)).toEqual([['n'], ['n', 21, 'h', 'w']]);
    expect(nodes.some(({ op }) => op === 'Transpose' || op === 'Reshape')).toBe(false);
  });
});

describe('operations', () => {
  const call = { link: 'sigmoid', targets: 'label', rank: 1, axis: 0, index: 'int64', accumulate: 'float32' } as const;
  const rows = { ...call, link: 'softmax', targets: 'class', rank: 2, axis: 1 } as const;
  const nameOf = (loss: Loss, at: Parameters<typeof operation>[3]) =>
    operation(loss, 'value', { precision: 'float32', opset: 17 }, at).definition.name;

  it('are named after what their attributes do not say', () => {
    expect(nameOf(sigmoidFocal({ alpha: 0.25 }), call)).toBe('SigmoidFocal');
    expect(nameOf(sigmoidFocal({ alpha: [0.25, 0.5] }), { ...call, rank: 2, axis: 1 })).toBe('SigmoidFocal_per_class');
    expect(nameOf(sigmoidFocal({ labelSmoothing: 0.1 }), call)).toBe('SigmoidFocal_smoothed_0_1');
    expect(nameOf(softmaxFocal(), { ...rows, targets: 'row' })).toBe('SoftmaxFocal_rows');
    expect(nameOf(softmaxFocal(), { ...rows, rank: 4 })).toBe('SoftmaxFocal_axis_1_of_4');
    expect(nameOf(varifocal({ detach: true }), call)).toBe('Varifocal_detach_1');
    expect(nameOf(asymmetric(), call)).toBe('Asymmetric');
  });

  it('have no switch for an attribute: a formula is another one by it', () => {
    expect(Object.keys(attributesOf(varifocal(), 'float32'))).toEqual(['alpha', 'gamma']);
  });
});
