import { posterior } from '@focal-loss/core';
import { allowances } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Subject } from '../subject.ts';
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

function check(factory: FamilyFactory, seed: number): Check {
  const softmax = factory.link === 'softmax';
  return {
    id: `posterior/${factory.name}`,
    needs: [...(softmax ? (['softmax'] as const) : []), 'posterior', `loss:${factory.name}`],
    async run(subject, finding) {
      const draw = new Draw(subject.seed + 7919 * seed);
      const { dtype } = subject;
      for (let call = 0; call < callsOf(subject); call++) {
        const setting = {
          ...draw.setting(factory, 5),
          ...('margin' in factory.member.params && { margin: 0, detach: false }),
        };
        if (!tells(factory, setting)) continue;
        const spread = [1, 5, 15, 30][call % 4];
        const { shape, axis } = shapeFor(subject, draw, softmax);
        const list = softmax || (subject.can('classAlpha') && draw.next() < 0.5);
        const own = () => (softmax ? draw.between(0.1, 3) : draw.between(0.01, 0.99));
        const alpha = list ? Array.from({ length: shape[axis] }, own) : own();
        const loss = factory.make({ ...setting, ...(factory.hasAlpha && draw.next() < 0.5 && { alpha }) });
        const input = {
          logits: draw.numbers(product(shape), () => draw.between(-spread, spread), dtype),
          shape,
          offset: call % 3,
          ...(axis !== shape.length - 1 && { axis }),
        };
        const truth = posterior(loss)(input.logits, { shape, axis });
        // Where parameters leave no slope at all, the minimum is everywhere, and tells nothing.
        if (truth.some(Number.isNaN)) continue;
        finding.compare('posterior', await subject.posterior(loss, input), truth);
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
