import {
  defineLoss,
  FocalLossError,
  factories,
  type Loss,
  sigmoidFocal,
  sigmoidFocalStar,
  softmaxFocal,
} from '@focal-loss/core';
import {
  glsl,
  lossFunction,
  marginLoss,
  prelude,
  rowFunctions,
  scaleFunction,
  shareFunction,
  wgsl,
} from '@focal-loss/shader';
import { describe, expect, it } from 'vitest';

const languages = [wgsl, glsl];

/** Everything around a loss, as it stands in a shader. */
function shader(language: typeof wgsl, loss: Loss): string {
  const parts =
    loss.link === 'sigmoid'
      ? [lossFunction(language, loss, ['value', 'grad', 'hess']).code]
      : [marginLoss(language, loss, ['value', 'grad']).code, rowFunctions(language)];
  const code = [...parts, scaleFunction(language, loss).code].join('\n\n');
  return `${prelude(language, code)}\n\n${code}`;
}

it.each(languages)('a loss in $name reads as if written by hand', (language) => {
  expect(shader(language, sigmoidFocal({ gamma: 1.5, alpha: 0.25 }))).toMatchSnapshot();
  expect(shader(language, softmaxFocal({ gamma: 2, alpha: [1, 2] }))).toMatchSnapshot();
});

describe.each(languages)('$name', (language) => {
  it.each(Object.keys(factories) as (keyof typeof factories)[])('%s: every name that is called is declared', (name) => {
    const text = shader(language, factories[name]() as Loss).replace(/\/\/.*/g, '');
    const declared = new Set(
      Array.from(text.matchAll(/(?:fn|struct|float|Point|Margin|Scaled) (\w+)(?=\(| \{)/g), ([, word]) => word),
    );
    const builtIn =
      /^(abs|sign|max|min|clamp|floor|round|select|bitcast|f32|float|int|(uint|float)BitsTo(Uint|Float)|if|for)$/;
    for (const [, called] of text.matchAll(/\b(\w+)(?:<\w+>)?\(/g)) {
      if (!builtIn.test(called)) expect(declared, called).toContain(called);
    }
  });

  it('declares each helper once, and none that is not called', () => {
    const text = prelude(language, 'let a = log1p(b); // expNegative');
    expect(text).toMatch(/\blog1p\(/);
    expect(text.match(/\batanhTwice\((float )?s/g)).not.toBeNull();
    expect(text).not.toContain('expNegative');
    expect(prelude(language, 'let a = b + c;')).toBe('');
    expect(prelude(language, shareFunction(language))).toContain('expNegative');
  });

  it('leaves parameters open that are not written into the text', () => {
    const { code, params } = lossFunction(language, sigmoidFocalStar({ gamma: 4, beta: 0 }), ['value']);
    expect(params).toEqual([
      { name: 'gamma', value: 4 },
      { name: 'beta', value: 0 },
    ]);
    expect(lossFunction(language, sigmoidFocalStar({ gamma: 0.3, beta: -1 }), ['value']).code).toBe(code);
    expect(lossFunction(language, sigmoidFocal({ gamma: 2 }), ['value']).params).toEqual([]);
  });

  it('a label is tested itself: 2y − 1 of a label of 1e-9 is −1, and soft labels below 1.5e-8 were lost', () => {
    expect(lossFunction(language, sigmoidFocal(), ['value']).code).toContain('(y != 0.0 && y != 1.0)');
  });

  it('α travels as two factors: 1 − α of a rounded α is no good near 1', () => {
    const { code, params } = scaleFunction(language, sigmoidFocal({ alpha: 1e-8 }));
    expect(params.map(({ value }) => value)).toEqual([1e-8, 1 - 1e-8]);
    expect(code).toContain('y * positive + (1.0 - y) * negative');
  });

  it('a formula with labels apart has a short program for hard labels too', () => {
    const tilted = defineLoss({
      name: 'tilted',
      params: { alpha: 3 },
      formula: (o, x, y, { alpha }) => o.where(y, o.mul(alpha, o.softplus(o.neg(x))), o.softplus(x)),
    });
    const { code, ofHard, params } = lossFunction(language, tilted, ['value', 'grad']);
    expect(params).toEqual([{ name: 'param0', value: 3 }]);
    expect(code).toMatch(new RegExp(`\\b${ofHard}\\(.*side`));
  });

  it('says of a formula that it cannot be written down', () => {
    const broken = defineLoss({ name: 'broken', formula: (o, x) => o.add(x, o.constant(Number.NaN)) });
    expect(() => lossFunction(language, broken, ['value'])).toThrow(FocalLossError);
  });
});

it('GLSL is ASCII, and names nothing `half`, which it has reserved', () => {
  const text = shader(glsl, softmaxFocal({ gamma: 1.5 }));
  expect(text).toMatch(/^[\n -~]*$/);
  expect(text).not.toMatch(/\bhalf\b/);
});

it('the largest number is written to its last digit: its shortest decimal is larger, and no f32', () => {
  expect(wgsl.syntax.number(Infinity)).toBe('340282346638528859811704183484516925440.0');
});
