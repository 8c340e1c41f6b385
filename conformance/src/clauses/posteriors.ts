import { type Loss, posterior } from '@focal-loss/core';
import { allowances } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { asked } from './asked.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { product, shapeFor } from './drawCall.ts';
import { statements } from './statements.ts';

/** Calls a check makes; see those of random options. */
const callsOf = ({ device }: Subject): number => (device === 'gpu' ? 2 : 8);

/** Whether a factory's losses tell a probability at all, and with which settings: without what is clipped or held. */
function tells({ make }: FamilyFactory, setting: object): boolean {
  return make(setting).untold === undefined;
}

/** A loss and logits, and the probabilities they stand for. */
export interface PosteriorCall {
  readonly loss: Loss;
  readonly input: Omit<Input, 'targets'>;
  readonly truth: Float64Array;
}

/** A loss of a factory and logits drawn at random; nothing where these tell no probability. */
export function drawnPosterior(
  factory: FamilyFactory,
  subject: Subject,
  draw: Draw,
  call: number,
): PosteriorCall | undefined {
  const softmax = factory.link === 'softmax';
  const setting = {
    ...draw.setting(factory, 5),
    ...('margin' in factory.member.params && { margin: 0, detach: false }),
  };
  if (!tells(factory, setting)) return undefined;
  const spread = [1, 5, 15, 30][call % 4];
  const { shape, axis } = shapeFor(subject, draw, softmax);
  const list = softmax || (subject.can('classAlpha') && draw.next() < 0.5);
  const own = () => (softmax ? draw.between(0.1, 3) : draw.between(0.01, 0.99));
  const alpha = list ? Array.from({ length: shape[axis] }, own) : own();
  const loss = factory.make({ ...setting, ...(factory.hasAlpha && draw.next() < 0.5 && { alpha }) });
  const input = {
    logits: draw.numbers(product(shape), () => draw.between(-spread, spread), subject.dtype),
    shape,
    offset: call % 3,
    ...(axis !== shape.length - 1 && { axis }),
  };
  return withTruth(loss, input);
}

/** Where parameters leave no slope at all, the minimum is everywhere, and tells nothing. */
export function withTruth(loss: Loss, input: Omit<Input, 'targets'>): PosteriorCall | undefined {
  const { logits, shape, axis } = input;
  const truth = posterior(loss)(logits, { ...(shape && { shape }), ...(axis !== undefined && { axis }) });
  return truth.some(Number.isNaN) ? undefined : { loss, input, truth };
}

function check(factory: FamilyFactory, seed: number): Check {
  const softmax = factory.link === 'softmax';
  return {
    id: `posterior/${factory.name}`,
    needs: [...(softmax ? (['softmax'] as const) : []), 'posterior', `loss:${factory.name}`],
    async run(subject, finding) {
      const draw = new Draw(subject.seed + 7919 * seed);
      for (let call = 0; call < callsOf(subject); call++) {
        const drawn = drawnPosterior(factory, subject, draw, call);
        if (drawn === undefined) continue;
        const got = await asked(subject, drawn.loss, { ...drawn.input, targets: [] }, ['posterior'], finding);
        finding.compare('posterior', got.posterior, drawn.truth);
      }
    },
  };
}

const toldBy = familyFactories.filter(
  (factory) => factory.make().untold === undefined || factory.member.key === 'asymmetric',
);

/** The probabilities that minima stand for. */
export const posteriors: Clause = {
  id: 'posterior',
  statement: statements.posterior,
  against: 'truth',
  allowance: (dtype, device) => 4 * allowances[dtype][device],
  checks: toldBy.map((factory, i) => check(factory, 300 + i)),
};
