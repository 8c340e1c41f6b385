/** The flags that a loss is made of, and the file that has one. */
import { readFile } from 'node:fs/promises';
import { FocalLossError, factories, formulas, type Loss, type LossData, lossFrom } from '@focal-loss/core';

export type Flags = Readonly<Record<string, unknown>>;

/** Every parameter of the family, with the keys of the members that have it and its default there. */
export const params = new Map<string, string>();
for (const { key, params: own } of formulas.family) {
  for (const [name, { default: value }] of Object.entries(own)) {
    params.set(name, [...(params.has(name) ? [params.get(name)] : []), `${key} (default ${value})`].join(', '));
  }
}

/** Parameters that are switches somewhere in the family. */
const switches = new Set(
  formulas.family.flatMap(({ params: own }) => Object.keys(own).filter((name) => (own as Switches)[name].flag)),
);
type Switches = Readonly<Record<string, { readonly flag?: boolean }>>;

/** What a loss takes beside its parameters, and in words. */
export const options = {
  alpha: 'α; a list has one for each class: 0.25,0.5,1',
  labelSmoothing: 'ε in [0, 1)',
  reduction: 'mean (default), sum, example or none',
  normalizer: 'What mean divides by: count (default), positives or weights',
  ignoreIndex: 'The target to ignore',
  background: 'The class that means no object',
};

/** The loss of the flags, named as its factory names them, and of the file that `--config` names: what flags say counts. */
export async function lossOf(flags: Flags): Promise<Loss> {
  const data = await configOf(flags);
  const name = String(flags.loss ?? data?.loss);
  if (!Object.hasOwn(factories, name)) {
    const [field, got] =
      data === undefined || flags.loss ? ['--loss', flags.loss] : [`loss in ${flags.config}`, data.loss];
    throw new FocalLossError('focal-onnx', [{ field, got, takes: Object.keys(factories).join(', ') }]);
  }
  const make = factories[name as keyof typeof factories] as (options?: object) => Loss;
  const read = (field: string) => {
    const flag = flags[field];
    if (switches.has(field) && (flag === 'true' || flag === 'false')) return flag === 'true';
    const isList = field === 'alpha' && (make().link === 'softmax' || String(flag).includes(','));
    return isList ? numbers(flag) : number(flag);
  };
  const fields = [...params.keys(), ...Object.keys(options)].filter((field) => flags[field] !== undefined);
  return lossFrom({ ...data, loss: name, ...Object.fromEntries(fields.map((field) => [field, read(field)])) });
}

/** What `JSON.stringify(loss)` wrote into a file. */
async function configOf({ config }: Flags): Promise<LossData | undefined> {
  if (config === undefined) return undefined;
  const bad = (got: unknown) =>
    new FocalLossError('focal-onnx', [{ field: '--config', got, takes: 'a file with { "loss": "sigmoidFocal", … }' }]);
  if (typeof config !== 'string') throw bad(config);
  const text = await readFile(config, 'utf8');
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw bad(`${config}, which is no JSON: ${(error as Error).message}`);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw bad(data);
  return data as LossData;
}

/** Nothing, which JavaScript takes for 0. */
const isEmpty = (flag: unknown) => typeof flag === 'string' && flag.trim() === '';

/** Text that is no number stays text, for the error message. */
export const number = (flag: unknown) =>
  flag === undefined || isEmpty(flag) || Number.isNaN(Number(flag)) ? flag : Number(flag);
export const numbers = (flag: unknown) =>
  flag === undefined || isEmpty(flag) ? flag : String(flag).split(',').map(number);
