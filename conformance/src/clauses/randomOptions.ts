/**
 * Calls drawn at random with every option a loss and a call have: what options do to each other. The truth is core's
 * reference.
 *
 * @module
 */
import { reference } from '@focal-loss/core';
import { allowances } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import type { CheckedAnswer, Subject } from '../subject.ts';
import { asked } from './asked.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnCall } from './drawCall.ts';
import { judged } from './judged.ts';
import { meeting } from './meetings.ts';
import { needsOf } from './needs.ts';
import { placeOfLogit } from './place.ts';
import { whenAsked } from './scales.ts';
import { scalesOfCall, toleranceOf } from './scalesOfCall.ts';
import type { RandomCall } from './shrink.ts';
import { statements } from './statements.ts';

/**
 * Calls a check makes, by the order of derivatives. A graph is built for each, and a program compiled, which takes a GPU in software
 * a second.
 */
function callsOf({ device }: Subject, order: 1 | 2): number {
  const calls = { cpu: 26, composed: 15, gpu: 2 }[device];
  return order === 1 ? calls : Math.ceil(calls / 2);
}

function check(factory: FamilyFactory, seed: number, order: 1 | 2): Check {
  return {
    id: `${order === 1 ? 'random.options' : 'hess'}/${factory.name}`,
    needs: [...needsOf(factory), ...(order === 2 ? (['hess'] as const) : [])],
    async run(subject, finding) {
      const draw = new Draw(subject.seed + 7919 * seed);
      for (let call = 0; call < callsOf(subject, order); call++) {
        // The value alone is a program of its own.
        const alone = order === 1 && call % (subject.device === 'gpu' ? 2 : 3) === 1;
        const wanted = meeting(subject.seed + seed * callsOf(subject, order) + call);
        await judged(finding, drawnCall(factory, subject, draw, wanted), (each, finding) =>
          compared(each, subject, finding, order, alone),
        );
      }
    },
  };
}

/**
 * Makes a call and compares it with the truth.
 *
 * @param alone Whether the value is asked for without the gradient, too.
 */
export async function compared(
  call: RandomCall,
  subject: Subject,
  finding: Finding,
  order: 1 | 2,
  alone = true,
): Promise<void> {
  const { factory, input } = call;
  const loss = factory.make(call.options);
  const wants = order === 2 ? (['value', 'grad', 'hess'] as const) : (['value', 'grad'] as const);
  const judge = judgeOf(call, subject, order);
  judge(await asked(subject, loss, input, wants, finding), finding, wants);
  if (alone) judge(await asked(subject, loss, input, ['value'], finding), finding, ['value']);
}

/** Compares answers to a call with the truth, which is computed once. */
export function judgeOf({ factory, options: given, input }: RandomCall, subject: Subject, order: 1 | 2 = 1) {
  const loss = factory.make(given);
  const { logits, targets, offset: _, ...options } = input;
  const run = reference(loss);
  const truth =
    order === 2
      ? run.valueGradHess(logits, targets, options)
      : { ...run.valueAndGrad(logits, targets, options), hess: [] };
  const scales = whenAsked(() => scalesOfCall(loss, input, order));
  const tolerance = toleranceOf(subject, input);
  const place = placeOfLogit(input);
  // Second derivatives, and what stands beside them, are held to 4 times the allowance of their clause.
  const times = (sizeOf: (index: number) => number, factor: number) => (index: number) => factor * sizeOf(index);
  return (got: CheckedAnswer, finding: Finding, wants: readonly string[] = ['value', 'grad']): void => {
    const beside = wants.includes('hess') ? 4 : 1;
    finding.compare('value', got.value, truth.value, { scale: times(scales.value, beside), tolerance });
    if (wants.includes('grad')) {
      finding.compare('grad', got.grad, truth.grad, { scale: times(scales.grad, beside), tolerance, place });
    }
    if (wants.includes('hess')) {
      finding.compare('hess', got.hess, truth.hess, { scale: times(scales.hess, 4), tolerance, place });
    }
  };
}

/** Every factory, with all options at once. */
export const randomOptions: Clause = {
  id: 'random.options',
  statement: 'losses and calls with all their options at once, drawn at random, are as accurate as each option alone',
  against: 'truth',
  allowance: (dtype, device) => 2 * allowances[dtype][device],
  checks: familyFactories.map((factory, i) => check(factory, 100 + i, 1)),
};

/** Where a probability is 0 in the format: powers of it divide by it below γ = 2. */
const saturated: Check = {
  id: 'hess/saturated',
  needs: ['loss:sigmoidFocal', 'hess'],
  async run(subject, finding) {
    const factory = familyFactories.find(({ name }) => name === 'sigmoidFocal') as FamilyFactory;
    const sizes = [0, 0.5, 5, 20, 40, 80, 90, 100, 105, 300, 700, 740, 750, 5000];
    const logits = sizes.flatMap((size) => [size, size, -size, -size]);
    const targets = logits.map((_, i) => i % 2);
    const gammas = [0, 0.5, 1, 1.5, 2, 2.5];
    const asked = subject.device === 'gpu' ? [gammas[subject.seed % gammas.length]] : gammas;
    for (const gamma of asked) {
      const call = { factory, options: { gamma, reduction: 'none' }, input: { logits, targets } };
      await judged(finding, call, (each, finding) => compared(each, subject, finding, 2, false));
    }
  },
};

/** Where a new model stands, at p = y: the distance is 0, and its square as smooth as anywhere. */
const atItsLabel: Check = {
  id: 'hess/at-its-label',
  needs: ['loss:qualityFocal', 'softLabels', 'hess'],
  async run(subject, finding) {
    const factory = familyFactories.find(({ name }) => name === 'qualityFocal') as FamilyFactory;
    const input = { logits: [0, 0.25, 0, -0, -3, 0], targets: [0.5, 0.5, 0.25, 0.5, 0.75, 1] };
    for (const beta of subject.device === 'gpu' ? [2] : [2, 2.5, 3, 4]) {
      const call = { factory, options: { beta, reduction: 'none' }, input };
      await judged(finding, call, (each, finding) => compared(each, subject, finding, 2, false));
    }
  },
};

/** Second derivatives, 4 times as far off as values may be. */
export const curvature: Clause = {
  id: 'hess',
  statement: statements.hess,
  against: 'truth',
  allowance: (dtype, device) => allowances[dtype][device],
  checks: [...familyFactories.map((factory, i) => check(factory, 200 + i, 2)), saturated, atItsLabel],
};
