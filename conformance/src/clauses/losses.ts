/**
 * The losses that laws are asked of: every factory of core, at settings that its parameters give, and what a member says
 * of itself, by which laws are chosen. A new member has its laws without a line here.
 *
 * @module
 */
import {
  formulas,
  type Latex,
  type Loss,
  latex,
  type Member,
  numbers,
  type Ops,
  type Reduction,
} from '@focal-loss/core';
import type { Need } from '../backend.ts';
import { type FamilyFactory, familyFactories, type Setting, settingsOf, spell } from '../family.ts';

/** The options laws vary. */
export interface Varied {
  reduction?: Reduction;
  ignoreIndex?: number;
  normalizer?: 'weights';
}

/** A loss whose reduction is still open. */
export interface OpenLoss {
  readonly id: string;
  readonly factory: FamilyFactory;
  readonly setting: Setting;
  /** Whether α is one of its options. */
  readonly balanced: boolean;
  /** In a row of logits; 1 at a sigmoid. */
  readonly classes: 1 | 3;
  readonly needs: readonly Need[];
  readonly make: (options: Varied) => Loss;
}

function open(factory: FamilyFactory, setting: Setting, options: { alpha?: number } = {}): OpenLoss {
  const softmax = factory.link === 'softmax';
  return {
    id: spell(factory.name, { ...setting, ...options }),
    factory,
    setting,
    balanced: 'alpha' in options,
    classes: softmax ? 3 : 1,
    needs: [...(softmax ? (['softmax'] as const) : []), `loss:${factory.name}`],
    make: (varied) => factory.make({ ...setting, ...options, ...varied }),
  };
}

/** Every factory at its defaults. */
export const usual: readonly OpenLoss[] = familyFactories.map((factory) =>
  open(factory, settingsOf(factory.member)[0]),
);

/** Every factory at every setting, and sigmoid losses with α besides. */
export const all: readonly OpenLoss[] = familyFactories.flatMap((factory) => {
  const settings = settingsOf(factory.member);
  const plain = settings.map((setting) => open(factory, setting));
  return factory.hasAlpha && factory.link === 'sigmoid'
    ? [...plain, open(factory, settings[0], { alpha: 0.25 })]
    : plain;
});

export const sigmoids = all.filter(({ factory }) => factory.link === 'sigmoid');
export const softmaxes = all.filter(({ factory }) => factory.link === 'softmax');

/** The factory of cross-entropy, which others are compared with. */
export function crossEntropyAt(link: FamilyFactory['link']): FamilyFactory {
  const factory = familyFactories.find((one) => one.link === link && one.member.key === formulas.crossEntropy.key);
  if (factory === undefined) throw new Error(`core has no cross-entropy at a ${link}`);
  return factory;
}

/** The least of each parameter that has one and takes it. */
export const leastOf = ({ params }: Member): Setting =>
  Object.fromEntries(
    Object.entries(params).flatMap(([name, { min, exclusive }]) =>
      min === undefined || exclusive ? [] : [[name, min]],
    ),
  );

/** What is left of a formula, folded, at these parameters. */
function folded({ formula, params }: Member, setting: Setting): string {
  const symbol = (code: string): Latex => ({ code, binding: 3 });
  const constants = Object.keys(params).map((name) => [
    name,
    name in setting ? latex.constant(Number(setting[name])) : symbol(name),
  ]);
  return formula(latex, symbol('x'), symbol('y'), Object.fromEntries(constants)).code;
}

/** Whether a member is cross-entropy and nothing else where its parameters are least, as focal loss is at γ = 0. */
export const startsAsCrossEntropy = (member: Member): boolean =>
  Object.keys(leastOf(member)).length > 0 && folded(member, leastOf(member)) === folded(formulas.crossEntropy, {});

/** Whether a loss holds something fixed, so that its gradient is not the slope of its value. */
export function holdsFixed({ make }: OpenLoss): boolean {
  const { formula, params, untold } = make({});
  if (untold !== undefined) return untold.includes('held');
  let held = false;
  const watched: Ops<number> = {
    ...numbers,
    detach(a) {
      held = true;
      return a;
    },
  };
  // A member of the family says so itself.
  if (make({}).key === undefined) for (const y of [0, 0.5, 1]) formula(watched, 0.5, y, params);
  return held;
}
