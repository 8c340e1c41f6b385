import * as core from '../src/factories.ts';
import { family } from '../src/formulas/index.ts';
import type { Link, TargetKind } from '../src/formulas/member.ts';
import type { Loss } from '../src/loss.ts';
import type { LossSpec } from './case.ts';
import type { Definition, Setting } from './textbook/definition.ts';
import { textbook } from './textbook/index.ts';

type Make = (options?: object) => Loss;
const makers = core as unknown as Readonly<Record<string, Make>>;

/** A factory of core with the definition of what it makes. */
export interface Factory {
  readonly name: string;
  readonly make: Make;
  readonly link: Link;
  readonly definition: Definition;
  /** The numbers of the parameters if none are given. */
  readonly defaults: Setting;
  /** What its targets are. */
  readonly targets: TargetKind;
  /** Whether its losses have the option α. */
  readonly hasAlpha: boolean;
}

/** What core says of a factory: whose losses it makes, and with which options. */
export function factoryOf(name: string): Factory {
  const make = makers[name];
  if (make === undefined) throw new Error(`core has no factory ${name}`);
  const { key = '', link, params, targets } = make();
  const definition = textbook[key];
  if (definition === undefined) throw new Error(`${name}: the textbook has no member ${key}`);
  return { name, make, link, definition, defaults: params, targets, hasAlpha: takesAlpha(make, link) };
}

/** A parameter may be called alpha, too: it is the option where the loss has it. */
function takesAlpha(make: Make, link: Link): boolean {
  try {
    return make({ alpha: link === 'sigmoid' ? 0.5 : [1, 1] }).alpha !== undefined;
  } catch {
    return false;
  }
}

/** Every factory, in the order of the family. */
export const factories: readonly Factory[] = family.flatMap(({ key, links }) =>
  links.flatMap((link) =>
    Object.keys(makers)
      .filter((name) => makers[name]().key === key && makers[name]().link === link)
      .map(factoryOf),
  ),
);

/** The numbers of the parameters that a case speaks of. */
export function settingOf({ factory, options }: LossSpec): Setting {
  const { defaults } = factoryOf(factory);
  return Object.fromEntries(Object.entries(defaults).map(([name, or]) => [name, Number(options[name] ?? or)]));
}
