/** The losses of the playground and their sliders: every sigmoid factory of core, and the parameters of its member. */
import { type FamilyFactory, familyFactories } from '@focal-loss/conformance';
import type { Param } from '@focal-loss/core';

/** The losses of single logits. */
export const losses: readonly FamilyFactory[] = familyFactories.filter(({ link }) => link === 'sigmoid');

/** The loss that is shown first: the one the project is named after. */
export const first = losses.find(({ name }) => name === 'sigmoidFocal') ?? losses[0];

/** What a slider can be set to. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** The values of a parameter that show what it does. */
export function rangeOf({ min = -5, max = 5, exclusive = false, flag = false }: Param): Range {
  if (flag) return { min: 0, max: 1, step: 1 };
  const most = Math.min(max, 5);
  const step = most - min > 1 ? 0.1 : 0.05;
  return { min: exclusive ? min + step : min, max: most, step };
}

/** Every parameter of the losses by its name, as the first member that has it says. */
export const parameters: Readonly<Record<string, Param>> = Object.fromEntries(
  [first, ...losses].flatMap(({ member }) => Object.entries(member.params)).reverse(),
);

/** The names of the parameters in the order in which losses bring them. */
export const parameterNames: readonly string[] = [
  ...new Set([first, ...losses].flatMap(({ member }) => Object.keys(member.params))),
];

/** The id of a parameter's slider. The option α and the target have sliders of their own. */
export const sliderOf = (parameter: string): string => `param-${parameter}`;
