/**
 * Laws of the losses themselves, element by element.
 *
 * @module
 */
import type { Loss } from '@focal-loss/core';
import { flushed, nothing, quotients } from '../compare.ts';
import { type CheckedAnswer, losses } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { type Check, type Clause, law } from './clause.ts';
import {
  all,
  crossEntropyAt,
  holdsFixed,
  leastOf,
  sigmoids,
  softmaxes,
  startsAsCrossEntropy,
  usual,
} from './losses.ts';
import { placeOfLogit, placeOfTarget } from './place.ts';
import { sample } from './sample.ts';

/** Logits of every size, both saturated ends among them. */
const saturated: Input = {
  logits: [-1e4, -768, -96, -40, -16, -1, 0, 0.5, 16, 40, 96, 768, 1e4].flatMap((x) => [x, x]),
  targets: Array.from({ length: 26 }, (_, i) => i % 2),
};

const none = { reduction: 'none' } as const;

const gammaZero = law(
  'laws.gamma-zero',
  'γ = 0 is cross-entropy to the last bit, saturated logits included',
  usual.flatMap(({ factory: { name, member, link, make } }) =>
    startsAsCrossEntropy(member)
      ? [same(name, make({ ...leastOf(member), ...none }), crossEntropyAt(link).make(none))]
      : [],
  ),
  nothing,
);

function same(id: string, loss: Loss, crossEntropy: Loss): Check {
  const softmax = loss.link === 'softmax';
  const inputs = softmax
    ? [{ logits: saturated.logits, targets: saturated.targets.slice(13), shape: [13, 2] }, softmaxSample(1)]
    : [saturated, sample({ seed: 1, n: 200, span: 32 })];
  return {
    id: `laws.gamma-zero/${id}`,
    needs: [...(softmax ? (['softmax'] as const) : []), `loss:${loss.name}`],
    async run(subject, finding) {
      for (const input of inputs) {
        const got = await subject.evaluate(loss, input);
        const truth = await subject.evaluate(crossEntropy, input);
        finding.compare('value', got.value, truth.value, { place: placeOfTarget(input) });
        finding.compare('grad', got.grad, truth.grad, { place: placeOfLogit(input) });
      }
    },
  };
}

const below = law(
  'laws.below-cross-entropy',
  'focusing never raises the loss: FL ≤ CE',
  sigmoids
    .filter(({ factory, balanced }) => startsAsCrossEntropy(factory.member) && !balanced)
    .map(({ id, make, needs }) => ({
      id: `laws.below-cross-entropy/${id}`,
      needs,
      async run(subject, finding) {
        const input = sample({ seed: 2, n: 200 });
        const focal = losses(await subject.value(make(none), input));
        const ce = losses(await subject.value(crossEntropyAt('sigmoid').make(none), input));
        const larger = Array.from(focal, (value, i) => Math.max(value, ce[i]));
        finding.compare('value', larger, ce, { place: placeOfTarget(input) });
      },
    })),
);

const flip = law(
  'laws.flip',
  'turning logit and target around changes nothing but the sign of the slope: f(x, y) = f(−x, 1−y)',
  sigmoids
    .filter(({ factory, balanced }) => factory.member.labels === 'alike' && !balanced)
    .map(({ id, make, needs }) => ({
      id: `laws.flip/${id}`,
      needs,
      async run(subject, finding) {
        const loss = make(none);
        const input = sample({ seed: 3, n: 200 });
        const flipped = { logits: input.logits.map((x) => -x), targets: input.targets.map((y) => 1 - y) };
        const straight = await subject.evaluate(loss, input);
        const back = await subject.evaluate(loss, flipped);
        finding.compare('value', back.value, straight.value, { place: placeOfTarget(flipped) });
        const slopes = Array.from(straight.grad, (g) => -g);
        finding.compare('grad', back.grad, slopes, { place: placeOfLogit(flipped) });
      },
    })),
);

const alphaLinear = law(
  'laws.alpha',
  'α is a factor of value and gradient, outside everything else',
  usual
    .filter(({ factory }) => factory.hasAlpha)
    .map(({ factory: { name, make }, classes, needs }) => ({
      id: `laws.alpha/${name}`,
      needs,
      async run(subject, finding) {
        const perClass = [0.25, 2, 0];
        const input = classes === 1 ? sample({ seed: 4, n: 200 }) : softmaxSample(5);
        const factorOf = (target: number) => (classes > 1 ? perClass[target] : target === 1 ? 0.25 : 0.75);
        const plain = await subject.evaluate(make(none), input);
        const balanced = await subject.evaluate(make({ alpha: classes === 1 ? 0.25 : perClass, ...none }), input);
        const times = (numbers: CheckedAnswer['grad'], perRow: number) =>
          Array.from(numbers, (number, i) => factorOf(input.targets[Math.floor(i / perRow)]) * number);
        finding.compare('value', balanced.value, times(losses(plain.value), 1), { place: placeOfTarget(input) });
        finding.compare('grad', balanced.grad, times(plain.grad, classes), { place: placeOfLogit(input) });
      },
    })),
);

/** Each softmax loss beside the sigmoid loss of the same formula. */
const pairs = softmaxes.flatMap((softmax) =>
  sigmoids
    .filter(({ factory, balanced }) => factory.member === softmax.factory.member && !balanced)
    .filter(({ setting }) => JSON.stringify(setting) === JSON.stringify(softmax.setting))
    .map((sigmoid) => [softmax, sigmoid]),
);

const twoClasses = law(
  'laws.two-classes',
  'a softmax with two classes is the sigmoid of the difference of its logits',
  pairs.map(([softmax, sigmoid]) => ({
    id: `laws.two-classes/${softmax.id}`,
    needs: softmax.needs,
    async run(subject, finding) {
      const rows = sample({ seed: 6, n: 100, classes: 2 });
      // Where a negative has a formula of its own, a row is still a positive at its margin.
      const apart = softmax.factory.member.labels === 'apart';
      const sides = rows.targets.map((target) => (apart && target === 0 ? -1 : 1));
      const difference = sides.map((side, i) => side * (rows.logits[2 * i + 1] - rows.logits[2 * i]));
      const row = await subject.evaluate(softmax.make(none), rows);
      const single = { logits: difference, targets: apart ? sides.map(() => 1) : rows.targets };
      const truth = await subject.evaluate(sigmoid.make(none), single);
      // Both answers are the backend's, which may flush either.
      const tolerance = flushed(subject);
      finding.compare('value', row.value, truth.value, { tolerance, place: placeOfTarget(single) });
      const slopes = Array.from(truth.grad).flatMap((g, i) => [-sides[i] * g, sides[i] * g]);
      finding.compare('grad', row.grad, slopes, { tolerance, place: placeOfLogit(rows) });
    },
  })),
);

const gradient = law(
  'laws.gradient',
  'the gradient is the slope of the value, sign included (a coarse difference quotient)',
  all
    .filter((open) => !holdsFixed(open))
    .map(
      ({ id, make, classes, needs }): Check => ({
        id: `laws.gradient/${id}`,
        needs,
        async run(subject, finding) {
          const { h } = quotients[subject.dtype];
          const input = sample({ seed: 7, n: 100, span: 4, classes });
          const loss = make(none);
          /** The losses with one logit of each row moved. */
          const at = async (column: number, step: number) => {
            const logits = input.logits.map((x, i) => (i % classes === column ? x + step : x));
            return losses(await subject.value(loss, { ...input, logits }));
          };
          const slope = new Float64Array(input.logits.length);
          for (let column = 0; column < classes; column++) {
            const [right, left] = [await at(column, h), await at(column, -h)];
            for (let i = 0; i < right.length; i++) slope[i * classes + column] = (right[i] - left[i]) / (2 * h);
          }
          const { grad } = await subject.evaluate(loss, input);
          finding.compare('grad', grad, slope, { scale: slope.map(() => 1), place: placeOfLogit(input) });
        },
      }),
    ),
  (dtype) => quotients[dtype].allowed,
);

function softmaxSample(seed: number): Input {
  return sample({ seed, n: 60, classes: 3 });
}

/** Laws that tie the members of the family to each other. */
export const lossLaws: readonly Clause[] = [gammaZero, below, flip, alphaLinear, twoClasses, gradient];
