/** What the guides and READMEs state in passing, and once had wrong. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  factories,
  pointwise,
  presets,
  priorBias,
  reference,
  sigmoidCrossEntropy,
  sigmoidFocal,
  softmaxCrossEntropy,
} from '@focal-loss/core';
import { dialects } from '@focal-loss/sql';
import { compile } from '@focal-loss/tfjs';
import { sparse, tiled } from '@focal-loss/tfjs/layers';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { rows as realInput, shareOfGroups } from '../examples/real-input/shares.ts';
import { rows as usualFormula } from '../examples/usual-formula/rows.ts';
import { others, plotted, retinaNet } from '../figures/detectors.ts';
import { root } from '../site/packages.ts';

const written = execFileSync('git', ['ls-files', '*.md', '*.ts', '*.js'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && !path.endsWith('facts.test.ts') && !path.endsWith('CHANGELOG.md'))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

const saying = (pattern: RegExp) => written.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

describe('equations and sections', () => {
  it('quality focal loss is eq. 2 of Li et al. 2020, not 3', () => {
    expect(saying(/Li et al\.[^\n]{0,60}eq\. 3|Generalized Focal Loss[^\n]{0,40}eq\. 3/)).toEqual([]);
  });
  it('the prior bias is given in §4.1; §3.3 has the idea', () => {
    expect(saying(/paper \(?§3\.3\)?(?! *and)/)).toEqual([]);
  });
  it('anchors are counted by the image, not by the object, and Greek letters do not begin a sentence as capitals', () => {
    expect(saying(/thousand easy negatives for each object|^[ΑΒΓ] (is|=|multiplies)/m)).toEqual([]);
  });
});

describe('numbers', () => {
  it('−log σ(x) is ∞ from −89 on in float32 and from −710 on in float64: e^−x overflows', () => {
    const float32 = (x: number) => -Math.log(Math.fround(1 / Math.fround(1 + Math.fround(Math.exp(-x)))));
    const float64 = (x: number) => -Math.log(1 / (1 + Math.exp(-x)));
    expect([float32(-88), float32(-89)].map(Number.isFinite)).toEqual([true, false]);
    expect([float64(-709), float64(-710)].map(Number.isFinite)).toEqual([true, false]);
  });

  it('a prior of .01 lowers the first loss 47 times under cross-entropy and 115 times under focal loss', () => {
    const [anchors, positives] = [100_000, 100];
    const targets = Uint8Array.from({ length: anchors }, (_, i) => Number(i < positives));
    const at = (loss: typeof focal, pi: number) =>
      reference(loss).valueAndGrad(new Float64Array(anchors).fill(priorBias(pi)), targets);
    const focal = sigmoidFocal({ gamma: 2, alpha: 0.25, normalizer: 'positives' });
    const crossEntropy = sigmoidCrossEntropy({ normalizer: 'positives' });
    const falls = (loss: typeof focal) => Number(at(loss, 0.5).value) / Number(at(loss, 0.01).value);
    expect(Math.round(falls(crossEntropy))).toBe(47);
    expect(Math.round(falls(focal))).toBe(115);

    // What helps is that then the negatives no longer take the gradient.
    const { grad } = at(focal, 0.01);
    const size = (slopes: Float64Array) => slopes.reduce((sum, slope) => sum + Math.abs(slope), 0);
    expect((100 * size(grad.subarray(positives))) / size(grad)).toBeCloseTo(0.8, 1);
  });

  it('where labels are positive with probability η, focal loss is least between η and one half', () => {
    const at = pointwise(sigmoidFocal({ gamma: 2 }));
    for (const eta of [0.1, 0.3, 0.7]) {
      const slope = (x: number) => eta * at(x, 1).derivative + (1 - eta) * at(x, 0).derivative;
      let [from, to] = [-20, 20];
      for (let step = 0; step < 100; step++) {
        const middle = (from + to) / 2;
        if (slope(middle) < 0) from = middle;
        else to = middle;
      }
      const p = 1 / (1 + Math.exp(-from));
      expect(Math.abs(p - 0.5)).toBeLessThan(Math.abs(eta - 0.5));
      expect(Math.sign(p - 0.5)).toBe(Math.sign(eta - 0.5));
    }
  });

  it('the usual formula is off by more than 1 % for one logit in twelve at γ = 2, and no number for two in five at .5', () => {
    const [usual, , here, usualHalf] = usualFormula;
    expect(Number.parseFloat(usual['loss off by > 1 %'])).toBeCloseTo(8.1, 0);
    expect(Number.parseFloat(usualHalf['not a number'])).toBeCloseTo(41.5, 0);
    expect(here).toMatchObject({ 'loss off by > 1 %': '0', 'gradient off by > 1 %': '0', 'not a number': '0' });
  });

  it('what "Focal loss explained" says of the photograph is what its tables say', () => {
    const text = readFileSync(join(root, 'docs/guides/explained.md'), 'utf8');
    const positives = shareOfGroups.at(-1);
    expect(Math.round(5096 / Number(positives?.count))).toBe(425);
    const [crossEntropy, balanced, , , focal] = realInput;
    for (const figure of [
      positives?.loss,
      positives?.gradient,
      crossEntropy['easy negatives, loss'],
      balanced['easy negatives, loss'],
      focal['easy negatives, loss'],
    ]) {
      expect(text).toContain(figure);
    }
    // No negative is misclassified, and only three are not easy.
    expect(shareOfGroups.slice(3, 5).map(({ count }) => count)).toEqual(['3', '0']);
  });

  it('RetinaNet is an upper envelope of the other detectors from its fastest on, and the guide says its numbers', () => {
    const own = [...retinaNet[50], ...retinaNet[101]];
    const fastest = Math.min(...own.map(({ time }) => time));
    const better = (one: (typeof own)[number]) => own.filter(({ ap, time }) => ap > one.ap && time <= one.time);
    expect(plotted.filter(({ time }) => time < fastest).map(({ name }) => name)).toEqual(['SSD321']);
    for (const one of plotted.filter(({ time }) => time >= fastest)) expect(better(one), one.name).not.toEqual([]);

    const text = readFileSync(join(root, 'docs/guides/explained.md'), 'utf8').replace(/\s+/g, ' ');
    const best = plotted.reduce((a, b) => (b.ap > a.ap ? b : a));
    const rival = own.find(({ name }) => name === 'RetinaNet-101-700') as (typeof own)[number];
    const said = ({ ap, time }: (typeof own)[number]) => `${ap.toFixed(1)} in ${time} ms`;
    expect(text).toContain(`${best.name.replace('FRCN', 'Faster R-CNN')}, the best of the others`);
    expect(text).toContain(`${said(rival)} against ${said(best)}`);
    expect(text).toContain(`${others[0].name}, with ${said(others[0])}`);
  });

  it('the derivative as printed in the paper is 0 from 17 on in float32', () => {
    const printed = (x: number) => {
      const pt = Math.fround(1 / Math.fround(1 + Math.fround(Math.exp(-x))));
      return Math.fround((1 - pt) ** 2 * Math.fround(2 * pt * Math.log(pt) + pt - 1));
    };
    expect(printed(16)).not.toBe(0);
    expect(Math.abs(printed(17))).toBe(0);
  });
});

describe('what the README counts', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const words = ['seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen'];
  const word = (count: number) => words[count - 7];

  it('presets, beside the three that it names, and engines of databases', () => {
    expect(readme).toContain(`and ${word(Object.keys(presets).length - 3)} more, checked`);
    expect(readme).toContain(`SQL for ${word(dialects.length)} engines`);
  });

  it('factories: its table has each of them', () => {
    const [, family] = readme.split('## The family\n');
    const rows = family.split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) => Array.from(row.split('|')[1].matchAll(/`(\w+)`/g), ([, name]) => name));
    expect(named.sort()).toEqual([...Object.keys(factories), 'defineLoss'].sort());
  });
});

describe('what "Coming from" says of tf.losses', async () => {
  await tf.ready();
  const { losses, Reduction } = tf;
  const logits = tf.tensor2d([
    [2, -1, 0.5],
    [0.3, 1, -2],
  ]);
  const labels = tf.tensor2d([
    [1, 0, 0],
    [0, 0, 1],
  ]);
  const weights = tf.tensor2d([
    [1, 2, 0],
    [0.5, 1, 1],
  ]);
  const ofRows = tf.tensor1d([1, 0.5]);
  const smooth = { labelSmoothing: 0.1 };
  const sigmoid = (options: Parameters<typeof sigmoidCrossEntropy>[0]) => compile(sigmoidCrossEntropy(options));
  const softmax = (options: Parameters<typeof softmaxCrossEntropy>[0]) => compile(softmaxCrossEntropy(options));
  const by = { normalizer: 'weights' } as const;

  it.each<[string, () => tf.Tensor, () => tf.Tensor]>([
    [
      'smooths',
      () => losses.sigmoidCrossEntropy(labels, logits, undefined, 0.1),
      () => sigmoid(smooth)(labels, logits),
    ],
    [
      'divides by the entries whose weight is not 0',
      () => losses.sigmoidCrossEntropy(labels, logits, weights),
      () => sigmoid({})(labels, logits, weights, { normalizer: 5 }),
    ],
    [
      'has a mean by weights',
      () => losses.sigmoidCrossEntropy(labels, logits, weights, 0, Reduction.MEAN),
      () => sigmoid(by)(labels, logits, weights),
    ],
    [
      'smooths rows',
      () => losses.softmaxCrossEntropy(labels, logits, undefined, 0.1),
      () => softmax(smooth)(labels, logits),
    ],
    [
      'has a mean of rows by weights',
      () => losses.softmaxCrossEntropy(labels, logits, ofRows, 0, Reduction.MEAN),
      () => softmax(by)(labels, logits, ofRows),
    ],
    [
      'takes rows, where here class indices are taken, too',
      () => losses.softmaxCrossEntropy(labels, logits),
      () => softmax({})(tf.tensor1d([0, 2], 'int32'), logits),
    ],
  ])('it %s', (_, theirs, ours) => {
    expect(ours().dataSync()[0]).toBeCloseTo(theirs().dataSync()[0], 5);
  });

  it('it refuses class indices', () => {
    const indices: tf.Tensor = tf.tensor1d([0, 2], 'int32');
    expect(() => losses.softmaxCrossEntropy(indices, logits)).toThrow('must match');
  });
});

describe('what "Coming from" says of the losses of tfjs-layers', async () => {
  await tf.ready();
  const inputs = tf.randomNormal([8, 4], 0, 1, 'float32', 3);
  const indices = tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1], 'int32');
  const rows = tf.cast(tf.oneHot(indices, 3), 'float32');
  const column = tf.cast(tf.expandDims(indices, 1), 'float32');

  /** The loss of a model that ends in an activation. */
  function evaluated(
    activation: 'sigmoid' | 'softmax' | 'linear',
    loss: Parameters<layers.LayersModel['compile']>[0]['loss'],
    labels: tf.Tensor,
  ) {
    const kernelInitializer = layers.initializers.glorotNormal({ seed: 1 });
    const dense = layers.layers.dense({ units: 3, inputShape: [4], activation, kernelInitializer });
    const model = layers.sequential({ layers: [dense] });
    model.compile({ optimizer: 'sgd', loss });
    return (model.evaluate(inputs, labels, { batchSize: 8 }) as tf.Scalar).dataSync()[0];
  }

  it.each([
    ['binaryCrossentropy', 'sigmoid', sigmoidCrossEntropy(), rows],
    ['categoricalCrossentropy', 'softmax', softmaxCrossEntropy(), rows],
  ] as const)('%s', (name, activation, loss, labels) => {
    const theirs = evaluated(activation, name, labels);
    expect(evaluated('linear', compile(loss), labels)).toBeCloseTo(theirs, 5);
    expect(evaluated(activation, compile(loss, { fromLogits: false }), labels)).toBeCloseTo(theirs, 5);
  });

  it('sparseCategoricalCrossentropy', () => {
    const ours = evaluated('linear', sparse(softmaxCrossEntropy()), tiled(indices, 3));
    expect(ours).toBeCloseTo(evaluated('softmax', 'sparseCategoricalCrossentropy', column), 5);
  });
});
