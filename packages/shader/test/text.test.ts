import {
  asymmetric,
  checkTold,
  type Derivative,
  defineLoss,
  distributionFocal,
  FocalLossError,
  factories,
  gaussianFocal,
  type Loss,
  sigmoidFocal,
  sigmoidFocalStar,
  softmaxFocal,
} from '@focal-loss/core';
import {
  type Access,
  entryFunction,
  glsl,
  lossFunction,
  marginLoss,
  once,
  pairwise,
  posteriorFunction,
  prelude,
  rowFunctions,
  scaleFunction,
  shareFunction,
  softRowFunctions,
  softRowParameters,
  wgsl,
} from '@focal-loss/shader';
import { describe, expect, it } from 'vitest';

const languages = [wgsl, glsl];

/** Whether the minimum of a loss tells a probability. */
const isTold = (loss: Loss): boolean => {
  try {
    checkTold(loss);
    return true;
  } catch {
    return false;
  }
};

/** Everything around a loss, as it stands in a shader. */
function shader(language: typeof wgsl, loss: Loss): string {
  const parts =
    loss.link === 'sigmoid'
      ? [lossFunction(language, loss, ['value', 'grad', 'hess']).code]
      : [marginLoss(language, loss, ['value', 'grad']).code, rowFunctions(language)];
  const code = [...parts, scaleFunction(language, loss).code].join('\n\n');
  return `${prelude(language, code)}\n\n${code}`;
}

/** A posterior as it stands in a shader. */
function posterior(language: typeof wgsl, loss: Loss): string {
  const rows = loss.link === 'softmax' ? [rowFunctions(language)] : [];
  const code = [posteriorFunction(language, loss).code, ...rows].join('\n\n');
  return `${prelude(language, code)}\n\n${code}`;
}

/** Smoothed labels, with one α a class. */
const smoothed = (name: keyof typeof factories): Loss =>
  (factories[name] as (options: object) => Loss)(
    name === 'distributionFocal'
      ? {}
      : { labelSmoothing: 0.1, ...(/^(sigmoid|asym)/.test(name) && { alpha: [0.1, 0.9] }) },
  );

it.each(languages)('a loss in $name reads as if written by hand', (language) => {
  expect(shader(language, sigmoidFocal({ gamma: 1.5, alpha: 0.25 }))).toMatchSnapshot();
  expect(shader(language, softmaxFocal({ gamma: 2, alpha: [1, 2] }))).toMatchSnapshot();
});

/** Inputs as arrays, and everything shared under one name. */
const access: Access = { read: (input, i) => `${input}[${i}]`, shared: (name) => `call.${name}` };

describe.each(languages)('an entry in $name', (language) => {
  const entryOf = (loss: Loss, weighted: boolean) =>
    entryFunction(language, loss, ['value', 'grad'], weighted, access).split('\n\n').at(-1);

  it('looks at label, weight and logits before it computes', () => {
    expect(entryOf(sigmoidFocal({ alpha: 0.25, ignoreIndex: -1 }), true)).toMatchSnapshot();
    expect(entryOf(softmaxFocal({ alpha: [1, 2] }), false)).toMatchSnapshot();
  });

  it('is a number where the slope is not wanted', () => {
    const text = entryFunction(language, sigmoidFocal(), ['value'], false, access);
    expect(text).toContain(`return ${language.typeName('float')}(scale * loss(x, y));`);
    expect(text).not.toMatch(/\bvec2/);
  });

  it('finds the tests of bits in the prelude', () => {
    const text = prelude(language, entryFunction(language, softmaxFocal(), ['value'], true, access));
    for (const name of ['isNone', 'isInfinite', 'expNegative']) expect(text).toMatch(new RegExp(`\\b${name}\\(`));
  });
});

describe.each(languages)('a soft row in $name', (language) => {
  const textOf = (loss: Loss, wants: readonly Derivative[], targetRows: boolean) =>
    softRowFunctions(language, loss, wants, true, targetRows, access);

  it('looks at labels, weight and logits before it computes, and tells slopes of what it keeps', () => {
    expect(textOf(softmaxFocal({ labelSmoothing: 0.1, ignoreIndex: -1 }), ['value', 'grad'], false)).toMatchSnapshot();
  });

  it('is a number where the slope is not wanted', () => {
    const text = textOf(softmaxFocal({ alpha: [1, 2] }), ['value'], true);
    expect(text).toContain('return scale * total;');
    expect(text).not.toMatch(/SoftRow|slopeAt/);
  });

  it('has a number for each parameter that it reads', () => {
    const loss = softmaxFocal({ gamma: 2.5, labelSmoothing: 0.1, ignoreIndex: -1 });
    const given = softRowParameters(language, loss).map(({ name }) => name);
    const text = textOf(loss, ['value', 'grad'], false);
    const read = [...text.matchAll(/call\.(\w+)/g)].map(([, name]) => name);
    expect(new Set(read)).toEqual(new Set([...given, 'classes', 'NAN']));
  });
});

it('a sum is a tree', () => {
  expect(pairwise(['a'])).toBe('a');
  expect(pairwise(['a', 'b', 'c', 'd'])).toBe('(a + b) + (c + d)');
});

it('a text of a kind is written once a loss', () => {
  const [loss, other] = [sigmoidFocal(), sigmoidFocal()];
  let written = 0;
  const write = () => `text ${++written}`;
  expect([once(loss, 'a', write), once(loss, 'a', write), once(loss, 'b', write), once(other, 'a', write)]).toEqual([
    'text 1',
    'text 1',
    'text 2',
    'text 3',
  ]);
});

describe.each(languages)('$name', (language) => {
  const names = Object.keys(factories) as (keyof typeof factories)[];

  it.each(
    names.flatMap((name): [string, () => string][] => [
      [name, () => shader(language, factories[name]() as Loss)],
      [`${name}, smoothed`, () => shader(language, smoothed(name))],
      ...(isTold(factories[name]() as Loss)
        ? [[`${name}, posterior`, () => posterior(language, factories[name]() as Loss)] as [string, () => string]]
        : []),
    ]),
  )('%s: every name that is called is declared', (_, write) => {
    const text = write().replace(/\/\/.*/g, '');
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

  it('refuses the posterior of a loss whose minimum does not tell it', () => {
    expect(() => posteriorFunction(language, asymmetric())).toThrow(/below the margin/);
    expect(posteriorFunction(language, sigmoidFocal({ gamma: 1.25 })).params).toEqual([{ name: 'gamma', value: 1.25 }]);
  });

  it('refuses an entry that knows too little', () => {
    const entry = (loss: Loss) => () => entryFunction(language, loss, ['value'], false, access);
    expect(entry(softmaxFocal({ labelSmoothing: 0.1 }))).toThrow(/labelSmoothing/);
    expect(entry(distributionFocal())).toThrow(/distributionFocal/);
    expect(entry(sigmoidFocal({ alpha: [0.1, 0.2] }))).toThrow(/alpha/);
  });

  it('smoothed labels that are alike are taken from the side that has all digits; those that are apart are given both', () => {
    const { code, params, ofHard } = lossFunction(language, sigmoidFocal({ labelSmoothing: 0.1 }), ['value']);
    expect(code).toContain('min(up, down)');
    expect(params).toEqual([
      { name: 'kept', value: 0.9 },
      { name: 'spread', value: 0.05 },
    ]);
    expect(ofHard).toBeUndefined();
    const apart = lossFunction(language, gaussianFocal({ labelSmoothing: 0.1 }), ['value']).code;
    expect(apart).toContain('ofAny(near, up, down)');
    expect(apart).not.toMatch(/1\.0 - y;/);
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
