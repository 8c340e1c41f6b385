import type { Need } from '../backend.ts';
import type { FamilyFactory } from '../family.ts';
import type { Subject } from '../subject.ts';

/** What a backend has to have for calls of a factory. */
export const needsOf = ({ name, link, member }: FamilyFactory): readonly Need[] => [
  `loss:${name}`,
  ...(link === 'softmax' ? (['softmax'] as const) : []),
  ...(member.targets === 'place' ? (['rowTargets'] as const) : []),
];

/** Whether a backend has all of that. */
export const isKnown = (factory: FamilyFactory, subject: Subject): boolean =>
  needsOf(factory).every((need) => subject.can(need));
