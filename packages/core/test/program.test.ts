import { describe, expect, it } from 'vitest';
import { defineLoss, factories, formulas, identifiers, jet, numbers, program, sigmoidFocal } from '../src/index.ts';
import { javascript } from './javascript.ts';

/** Labels apart, three parameters, one of them called as an option is and one as generated text is. */
const varied = defineLoss({
  name: 'varied',
  params: { alpha: 0.75, e: 2, floor: 0.1 },
  labels: 'apart',
  formula: (o, x, y, { alpha, e, floor }) => {
    const negative = o.mul(alpha, o.mul(o.pow(o.sigmoid(x), e), o.softplus(x)));
    const held = o.detach(o.max(o.sigmoid(x), floor));
    return o.where(y, o.mul(o.mul(y, held), o.softplus(o.neg(x))), negative);
  },
});

const losses = [...Object.values(factories).map((factory) => factory()), varied, sigmoidFocal({ gamma: 1.7 })];

function run(
  loss: (typeof losses)[number],
  label: 'any' | 'hard' | 'margin',
  inputs: Record<string, number>,
): number[] {
  const { params, statements, results } = program(loss, javascript, { label, wants: ['value', 'grad', 'hess'] });
  const given = { ...inputs, ...Object.fromEntries(params.map(({ key, name }) => [name, loss.params[key]])) };
  return new Function(...Object.keys(given), `${statements.join('\n')}\nreturn [${results}];`)(...Object.values(given));
}

describe('program', () => {
  it.each(losses)('$name: each label computes what the numbers do', (loss) => {
    const at = jet(loss.formula, numbers, loss.params, 2);
    for (const x of [-90, -3.3, -0.2, 0.7, 5.1, 88]) {
      for (const y of [0, 1]) {
        const expected = at(x, y);
        run(loss, 'hard', { x, side: 2 * y - 1 }).forEach((got, i) => {
          expect(Math.abs(got - expected[i])).toBeLessThanOrEqual(1e-13 * (Math.abs(expected[i]) + 1e-300));
        });
      }
      run(loss, 'any', { x, y: 0.3 }).forEach((got, i) => {
        expect(got).toBeCloseTo(at(x, 0.3)[i], 12);
      });
      run(loss, 'margin', { x, low: 0 }).forEach((got, i) => {
        expect(got).toBeCloseTo(at(x, 1)[i], 12);
      });
    }
  });

  it('writes common parameter values as numbers, and others as arguments', () => {
    const paramsOf = (gamma: number) =>
      program(sigmoidFocal({ gamma }), javascript, { label: 'any', wants: ['value'] }).params;
    expect(paramsOf(2)).toEqual([]);
    expect(paramsOf(2.5)).toEqual([{ key: 'gamma', name: 'gamma' }]);
  });

  it('a hard label of labels that are alike takes one program, and apart two over one exponential', () => {
    const exponentials = (loss: (typeof losses)[number]) =>
      program(loss, javascript, { label: 'hard', wants: ['value', 'grad'] })
        .statements.join()
        .match(/Math\.exp/g);
    expect(exponentials(sigmoidFocal())).toHaveLength(1);
    expect(exponentials(varied)).toHaveLength(1);
  });

  it('is cut in two after the exponential', () => {
    const { cut } = program(sigmoidFocal(), javascript, { label: 'hard', wants: ['value', 'grad'] });
    const { first, second, between } = cut();
    expect(first.statements.join()).toContain('Math.exp');
    // The sign of a margin does not change its size.
    expect(first.statements.join()).not.toContain('side');
    expect(second.statements.join()).not.toContain('Math.exp');
    expect(between).toHaveLength(1);
  });

  it('parameters that are called x, e or alpha meet nothing else of that name', () => {
    expect(identifiers(['gamma', 'x', 'e', 'alpha'])).toEqual({
      gamma: 'gamma',
      x: 'param1',
      e: 'param2',
      alpha: 'param3',
    });
    const named = defineLoss({
      name: 'named',
      params: { x: 2, e: 3, y: 0.5 },
      formula: (o, x, y, p) => o.add(o.mul(p.x, formulas.crossEntropy.formula(o, x, y, {})), o.mul(p.e, o.exp(p.y))),
    });
    const [value] = run(named, 'any', { x: 1, y: 0 });
    expect(value).toBeCloseTo(2 * Math.log1p(Math.E) + 3 * Math.exp(0.5), 12);
  });
});
