import type { Loss, Normalizer, Reduction } from '@focal-loss/core';
import { first, losses } from './family.ts';
import type { State } from './state.ts';

/** The loss that a reader has set, with further options. */
export function lossOf(
  { loss, params, alpha }: Pick<State, 'loss' | 'params' | 'alpha'>,
  options: { reduction?: Reduction; normalizer?: Normalizer; ignoreIndex?: number | undefined } = { reduction: 'none' },
): Loss {
  const factory = losses.find(({ name }) => name === loss) ?? first;
  // A parameter may be called alpha, too: the option is there only if it is set.
  return factory.make({ ...params, ...(alpha !== undefined && { alpha }), ...options });
}
