/**
 * What core says of its family: the factories with their members, and the settings of the parameters at which a loss is
 * worth a look. Whatever walks the family, walks this.
 *
 * @module
 */
import { factories, formulas, type Link, type Loss, type Member, type Param } from '@focal-loss/core';

/** Numbers of a member's parameters, and how its switches stand. */
export type Setting = Readonly<Record<string, number | boolean>>;

/** A factory of core, and whose losses it makes. */
export interface FamilyFactory {
  readonly name: string;
  readonly member: Member;
  readonly link: Link;
  /** Whether its losses have the option α. A parameter may be called alpha, too, and is not that. */
  readonly hasAlpha: boolean;
  readonly make: (options?: object) => Loss;
}

const makers = factories as unknown as Readonly<Record<string, FamilyFactory['make']>>;

/** Every factory, in the order of the family. */
export const familyFactories: readonly FamilyFactory[] = formulas.family.flatMap((member) =>
  member.links.flatMap((link) =>
    Object.entries(makers)
      .map(([name, make]) => ({ name, make, made: make() }))
      .filter(({ made }) => made.key === member.key && made.link === link)
      .map(({ name, make }) => ({ name, member, link, make, hasAlpha: takesAlpha(make, link) })),
  ),
);

/** Their names. */
export const factoryNames: readonly string[] = familyFactories.map(({ name }) => name);

function takesAlpha(make: FamilyFactory['make'], link: Link): boolean {
  try {
    return make({ alpha: link === 'sigmoid' ? 0.5 : [1, 1] }).alpha !== undefined;
  } catch {
    return false;
  }
}

/** The defaults of a member, and all of its parameters small, and large: for γ of focal loss 2, 0.5 and 5. */
export function settingsOf({ params }: Pick<Member, 'params'>): Setting[] {
  const at = (place: (param: Param) => number | boolean): Setting =>
    Object.fromEntries(Object.entries(params).map(([name, param]) => [name, place(param)]));
  const settings = [
    at(({ default: usual, flag }) => (flag ? usual === 1 : usual)),
    at((param) => along(param, 0.25)),
    at((param) => along(param, 2.5)),
  ];
  const spelt = settings.map((setting) => JSON.stringify(setting));
  return settings.filter((_, i) => spelt.indexOf(spelt[i]) === i);
}

/** So many times as far from the least value as the default; of a parameter without one, as far from the default. */
function along({ default: usual, min, max = Infinity, flag }: Param, times: number): number | boolean {
  if (flag) return times < 1 ? usual === 0 : usual === 1;
  if (min === undefined) return usual + (times < 1 ? -2 : 2);
  return Math.min(min + times * (usual - min || 1), max);
}

/** `sigmoidFocal(gamma=2,alpha=0.25)`, as the vectors spell it. */
export const spell = (name: string, options: Readonly<Record<string, unknown>>): string =>
  `${name}(${Object.entries(options)
    .map(([option, value]) => `${option}=${value}`)
    .join(',')})`;
