/**
 * Calls drawn at random, all options at once and with all the bits that a format has: what vectors of numbers that every
 * format has cannot see. The truth is core's reference, which its own tests hold to 1e-14 against 70 digits.
 *
 * @module
 */
import { factorsOf, type Loss, type Param, reference } from '@focal-loss/core';
import { allowances, type Dtype, flushed } from '../compare.ts';
import { type FamilyFactory, familyFactories, type Setting } from '../family.ts';
import { toNumbers } from '../numbers.ts';
import { sizesOf } from '../sizes.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import type { Check, Clause } from './clause.ts';
import { placeOfLogit, placeOfTarget } from './place.ts';
import { random } from './random.ts';

/** Calls a check makes. */
const calls = 8;

/** Draws from a seed. */
class Draw {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = random(seed);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  oneOf<T>(...choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)];
  }

  /** In (0, 1), as often near an end as in between, down to 10^−digits of it. */
  share(digits: number): number {
    const small = 10 ** -this.between(0, digits);
    return this.oneOf(this.next(), small, 1 - small);
  }

  /** Any value of a parameter that is of use: up to two and a half times the default, or |β| ≤ `widest`. */
  param({ default: usual, min, max = Infinity, exclusive = false }: Param, widest: number): number {
    if (this.next() < 1 / 3) return usual;
    if (min === undefined) return this.between(-widest, widest);
    const reach = usual - min || 1;
    return Math.min(min + this.between(exclusive ? 0.1 : 0, 2.5) * reach, max);
  }

  setting({ member }: FamilyFactory, widest: number): Setting {
    return Object.fromEntries(Object.entries(member.params).map(([name, param]) => [name, this.param(param, widest)]));
  }

  numbers(length: number, one: () => number, dtype: Dtype): number[] {
    return Array.from(toNumbers(Array.from({ length }, one), dtype));
  }
}

/** Labels of a sigmoid: hard ones, or any down to 1e-12. */
type Kind = 'hard' | 'soft' | 'rows';

type Format = Pick<Subject, 'dtype' | 'device'>;

/** γz + β rounds where it cannot be carried along, which the allowances of those devices are too small for at |β| = 50. */
const widestOf = ({ device }: Format) => (device === 'cpu' ? 50 : 5);

function drawn(
  factory: FamilyFactory,
  kind: Kind,
  format: Format,
  draw: Draw,
  call: number,
): { loss: Loss; input: Input } {
  const { dtype } = format;
  const options = { ...draw.setting(factory, widestOf(format)), reduction: 'none' };
  const balanced = factory.hasAlpha && draw.next() < 0.5;
  if (kind === 'rows') {
    const classes = [3, 10, 300, 2, 81][call % 5];
    const rows = Math.ceil(300 / classes);
    const spread = [3, 20, 60, 150][call % 4];
    const alpha = Array.from({ length: classes }, () => 10 ** draw.between(-8, 1));
    const input = {
      logits: draw.numbers(rows * classes, () => draw.between(-spread, spread), dtype),
      targets: Array.from({ length: rows }, () => Math.floor(draw.next() * classes)),
      shape: [rows, classes],
    };
    return { loss: factory.make({ ...options, ...(balanced && { alpha }) }), input };
  }
  const alpha = draw.share(8);
  const length = 1 + Math.floor(draw.between(0, 600));
  const size = [1, 8, 30, 100][call % 4];
  const label = () => (kind === 'hard' ? draw.oneOf(0, 1) : draw.oneOf(0, 1, draw.share(12), draw.share(12)));
  const input = {
    logits: draw.numbers(length, () => draw.between(-size, size), dtype),
    targets: draw.numbers(length, label, dtype),
  };
  return { loss: factory.make({ ...options, ...(balanced && { alpha }) }), input };
}

/** What errors of the values and slopes of single logits are relative to, α included. */
function scalesOf(loss: Loss, { logits, targets }: Input): { value: number[]; grad: number[] } {
  const sizes = sizesOf(loss);
  const { positive, negative } = factorsOf(typeof loss.alpha === 'number' ? loss.alpha : undefined);
  const scales = logits.map((x, i) => {
    const [y, [value, slope]] = [targets[i], sizes(x, targets[i])];
    const factor = y * positive + (1 - y) * negative;
    return [factor * value, factor * slope];
  });
  return { value: scales.map(([value]) => value), grad: scales.map(([, slope]) => slope) };
}

function check(factory: FamilyFactory, kind: Kind, seed: number): Check {
  return {
    id: `random/${factory.name}/${kind}`,
    needs: kind === 'rows' ? ['softmax'] : kind === 'soft' ? ['softLabels'] : [],
    async run(subject, finding) {
      const draw = new Draw(seed);
      const tolerance = flushed(subject);
      for (let call = 0; call < calls; call++) {
        const { loss, input } = drawn(factory, kind, subject, draw, call);
        const truth = reference(loss).valueAndGrad(input.logits, input.targets, { shape: input.shape });
        const scales: Partial<Record<'value' | 'grad', number[]>> = kind === 'rows' ? {} : scalesOf(loss, input);
        const { value, grad } = await subject.evaluate(loss, input);
        finding.compare('value', value, truth.value, { scale: scales.value, tolerance, place: placeOfTarget(input) });
        finding.compare('grad', grad, truth.grad, { scale: scales.grad, tolerance, place: placeOfLogit(input) });
      }
    },
  };
}

/** Random calls of every factory. */
export const randomCalls: Clause = {
  id: 'random',
  statement: 'calls drawn at random, all options at once, are as accurate as the vectors',
  against: 'truth',
  allowance: (dtype, device) => allowances[dtype][device],
  checks: familyFactories.flatMap((factory, i) =>
    factory.link === 'softmax'
      ? [check(factory, 'rows', 60 + i)]
      : [check(factory, 'hard', 60 + i), check(factory, 'soft', 80 + i)],
  ),
};
