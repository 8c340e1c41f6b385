import { type LossData, lossFrom } from '@focal-loss/core';
import { allowances } from '../compare.ts';
import { familyFactories } from '../family.ts';
import type { CallData } from '../runOptions.ts';
import type { Clause } from './clause.ts';
import { compared } from './randomOptions.ts';

/** A clause of one call that somebody gave, compared with the reference as a random one is. */
export function oneCall({ loss, ...input }: CallData): Clause {
  const { loss: name, ...options } = loss as LossData & Record<string, unknown>;
  const { name: own, link } = lossFrom(loss);
  const factory = familyFactories.find((one) => one.name === own);
  if (factory === undefined) throw new Error(`--call: no loss of the family is called ${name}`);
  return {
    id: 'call',
    statement: 'the call that was given is as accurate as one drawn at random',
    against: 'truth',
    allowance: (dtype, device) => 2 * allowances[dtype][device],
    checks: [
      {
        id: 'call',
        needs: [`loss:${factory.name}`, ...(link === 'softmax' ? (['softmax'] as const) : [])],
        run: (subject, finding) => compared({ factory, options, input }, subject, finding, 1),
      },
    ],
  };
}
