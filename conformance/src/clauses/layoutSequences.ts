/**
 * Calls of one loss one after the other that differ in how the same numbers lie: their shape, the axis of the classes, what weights
 * broadcast along. What a backend keeps of a layout is of that layout alone.
 *
 * @module
 */
import type { Loss, Part } from '@focal-loss/core';
import type { Need } from '../backend.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import type { CheckedAnswer, Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import type { Check } from './clause.ts';
import { Draw } from './draw.ts';
import { product } from './drawCall.ts';
import { classAxisOf } from './gather.ts';
import { withTruth } from './posteriors.ts';
import { judgeOf } from './randomOptions.ts';

/** A layout: what a call says of its numbers. */
type Layout = Pick<Input, 'axis' | 'weightsShape'> & { readonly shape: readonly number[] };

interface Kind {
  readonly id: string;
  readonly factory: string;
  readonly needs: readonly Need[];
  readonly options?: object;
  readonly layouts: readonly Layout[];
  /** Whether targets are rows of probabilities. */
  readonly rows?: boolean;
  /** Whether a GPU is asked, which compiles a program for each loss and part. */
  readonly gpu?: boolean;
}

/** Every axis of some shapes along which there are classes. */
const alongEach = (...shapes: readonly (readonly number[])[]): Layout[] =>
  shapes.flatMap((shape) => [
    { shape },
    ...shape.map((_, axis) => ({ shape, axis })).filter(({ axis }) => shape[axis] > 1),
  ]);

/** Axes as long as each other, as many entries in other shapes, and digits that are the same when they are written together. */
const cubes = alongEach([3, 3, 3], [3, 3, 1, 3], [3, 3]);
const flats = [[1, 12], [11, 2], [2, 11], [1, 1, 2], [12, 2], [1, 22], [6, 4], [4, 6], [24]];
const ofClasses = flats.filter((shape) => shape.length === 2).map((shape) => ({ shape }));

const kinds: readonly Kind[] = [
  { id: 'softmax', factory: 'softmaxFocal', needs: [], layouts: ofClasses },
  {
    id: 'softmax-axis',
    factory: 'softmaxFocal',
    needs: ['axis'],
    layouts: [
      ...cubes,
      { shape: [9, 3] },
      { shape: [3, 9], axis: 0 },
      { shape: [1, 3, 9], axis: 1 },
      ...alongEach([4, 4]),
    ],
    gpu: true,
  },
  {
    id: 'softmax-rows',
    factory: 'softmaxCrossEntropy',
    needs: ['axis', 'rowTargets'],
    options: { alpha: [0.5, 1, 2] },
    layouts: cubes,
    rows: true,
  },
  {
    id: 'class-alpha',
    factory: 'sigmoidFocal',
    needs: ['axis', 'classAlpha'],
    options: { alpha: [0.25, 0.5, 0.875] },
    layouts: [...cubes, { shape: [9, 3] }, { shape: [3, 9], axis: 0 }, { shape: [9, 1, 3] }],
    gpu: true,
  },
  { id: 'shapes', factory: 'sigmoidFocal', needs: [], layouts: flats.map((shape) => ({ shape })) },
  {
    id: 'examples',
    factory: 'sigmoidFocal',
    needs: ['examples'],
    options: { reduction: 'example' },
    layouts: flats.map((shape) => ({ shape })),
  },
  {
    id: 'broadcast-weights',
    factory: 'sigmoidFocal',
    needs: ['weights', 'broadcastWeights'],
    layouts: [
      ...[[3], [3, 1], [1, 3], [1, 1], [3, 3]].map((weightsShape) => ({ shape: [3, 3], weightsShape })),
      ...[[3], [3, 1], [3, 1, 1], [1, 3, 3], [3, 1, 3]].map((weightsShape) => ({ shape: [3, 3, 3], weightsShape })),
      ...[[3], [9, 1], [1, 1]].map((weightsShape) => ({ shape: [9, 3], weightsShape })),
      { shape: [9, 3] },
      { shape: [3, 9], weightsShape: [3, 1] },
    ],
    gpu: true,
  },
];

/** Numbers of which each call takes as many as it needs. */
interface Numbers {
  readonly logits: readonly number[];
  readonly shares: readonly number[];
  readonly weights: readonly number[];
}

function inputOf({ shape, axis, weightsShape }: Layout, { rows }: Kind, { link }: FamilyFactory, from: Numbers): Input {
  const count = product(shape);
  const classes = link === 'softmax' ? shape[classAxisOf({ axis } as Input, shape.length)] : 1;
  const target = (share: number) => (link === 'softmax' ? Math.floor(share * classes) : Math.round(share));
  const targets = rows ? from.shares.slice(0, count) : from.shares.slice(0, count / classes).map(target);
  return {
    logits: from.logits.slice(0, count),
    targets,
    shape,
    ...(axis !== undefined && { axis }),
    ...(weightsShape && { weights: from.weights.slice(0, product(weightsShape)), weightsShape }),
  };
}

/** A loss by how it is made, which is how truths are asked for. */
interface Made {
  readonly factory: FamilyFactory;
  readonly options: Readonly<Record<string, unknown>>;
  readonly loss: Loss;
}

/** A call, of one loss object or another, what it is asked for, and what sees whether the answer is right. */
interface Step {
  readonly input: Input;
  readonly wants: readonly Part[];
  readonly judge: (answer: CheckedAnswer, finding: Finding) => void;
}

/** A layout asked for its slopes, and for one or two of the other parts that a backend has, each in a call of its own. */
function stepsOf(input: Input, { factory, loss, options }: Made, subject: Subject, draw: Draw): Step[] {
  const { device } = subject;
  const hess = subject.can('hess') && device !== 'gpu' && draw.next() < 0.3;
  const judge = judgeOf({ factory, options, input }, subject, hess ? 2 : 1);
  const of = (...wants: Part[]): Step => ({ input, wants, judge: (answer, finding) => judge(answer, finding, wants) });
  if (device === 'gpu') return [of('value', 'grad')];
  const steps = [of('value', 'grad'), hess ? of('value', 'grad', 'hess') : of('value')];
  const { targets: _, weights: __, weightsShape: ___, ...logits } = input;
  const told = subject.can('posterior') && draw.next() < 0.5 ? withTruth(loss, logits) : undefined;
  if (told === undefined) return steps;
  const posterior: Step = {
    input: { ...logits, targets: [] },
    wants: ['posterior'],
    judge: (answer, finding) =>
      finding.compare('posterior', answer.posterior, told.truth, { scale: (k) => 2 * told.scale(k) }),
  };
  return [...steps, posterior];
}

/** Calls of layouts in any order, of the same loss object, of one that equals it, and at the same time. */
const check = (kind: Kind, i: number): Check => ({
  id: `random.sequences/layouts-${kind.id}`,
  needs: [`loss:${kind.factory}`, ...(kind.factory.startsWith('softmax') ? (['softmax'] as const) : []), ...kind.needs],
  inapplicable: ({ device }) => (device === 'gpu' && !kind.gpu ? 'a program more for what others show' : undefined),
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * (730 + i));
    const factory = familyFactories.find(({ name }) => name === kind.factory) as FamilyFactory;
    const options = { reduction: 'none', ...kind.options };
    const loss = factory.make(options);
    const numbers = (one: () => number) => draw.numbers(40, one, subject.dtype);
    const from: Numbers = {
      logits: numbers(() => draw.between(-5, 5)),
      shares: numbers(() => draw.between(0.01, 0.98)),
      weights: numbers(() => draw.between(0.1, 4)),
    };
    const steps = kind.layouts.flatMap((layout) =>
      stepsOf(inputOf(layout, kind, factory, from), { factory, options, loss }, subject, draw),
    );
    const ask = (of: Loss, { input, wants }: Step) => subject.call(subject.prepare(of, input, wants));
    const say = (step: Step, where: string) => {
      const { shape, axis, weightsShape } = step.input;
      finding.fail(`${where}: ${JSON.stringify({ shape, axis, weightsShape, wants: step.wants })}`);
    };
    for (const of of subject.device === 'gpu' ? [loss] : [loss, factory.make(options)]) {
      for (const step of draw.shuffled(steps)) {
        step.judge(await ask(of, step), finding);
        if (finding.failed) return say(step, 'after calls of other layouts');
      }
    }
    const mixed = draw.shuffled(steps);
    const answers = await Promise.all(mixed.map((step) => ask(loss, step)));
    for (const [k, step] of mixed.entries()) {
      step.judge(answers[k], finding);
      if (finding.failed) return say(step, 'beside calls of other layouts');
    }
  },
});

/** Checks of what is kept of a layout. */
export const layoutSequences: readonly Check[] = kinds.map(check);
