import { FocalLossError } from './errors.ts';
import * as factories from './factories.ts';
import type { Loss, LossData } from './loss.ts';

const makers = factories as unknown as Readonly<Record<string, (options: object) => Loss>>;

/**
 * A loss from its data: what `JSON.stringify(loss)` wrote, or a config file says. `{ "loss": "sigmoidFocal", "gamma": 2 }` is
 * enough: options that are not there have their defaults.
 *
 * @param json The text, or what it was parsed to.
 * @throws {@link FocalLossError} if that is no loss of the family, or naming each bad option.
 *
 * @example
 * ```ts
 * const loss = lossFrom(JSON.stringify(sigmoidFocal({ gamma: 1.5 })));
 * ```
 */
export function lossFrom(json: string | LossData): Loss {
  const refuse = (field: string, got: unknown, takes: string): never => {
    throw new FocalLossError('lossFrom', [{ field, got, takes }]);
  };
  const data: unknown = typeof json === 'string' ? parsed(json, refuse) : json;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return refuse('json', data, 'an object such as { "loss": "sigmoidFocal", "gamma": 2 }');
  }
  const { loss, ...options } = data as LossData;
  if (typeof loss !== 'string' || !Object.hasOwn(makers, loss)) {
    return refuse('loss', loss, `one of ${Object.keys(makers).sort().join(', ')}`);
  }
  // What JSON has no undefined for.
  const given = Object.entries(options).filter(([, value]) => value !== null);
  return makers[loss](Object.fromEntries(given));
}

function parsed(json: string, refuse: (field: string, got: unknown, takes: string) => never): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return refuse('json', json, 'JSON');
  }
}
