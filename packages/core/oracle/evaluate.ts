import type { Case, Expect, Input, LossSpec } from './case.ts';
import { exact, one } from './decimal.ts';
import { nothing, scaled } from './entry.ts';
import { factoryOf, settingOf } from './factories.ts';
import { links, lossOf } from './links.ts';
import { type Options, reduce } from './reduce.ts';

/** A case with its answer. */
export const solve = (id: string, clause: string, loss: LossSpec, input: Input): Case => ({
  id,
  clause,
  loss,
  input,
  expect: evaluate(loss, input),
});

export function evaluate(loss: LossSpec, input: Input): Expect {
  const { link: name, definition } = factoryOf(loss.factory);
  const params = settingOf(loss);
  const options = loss.options as Options;
  const link = links[name];
  const width = link.width(input.shape);

  const entries = input.targets.map((target, i) => {
    if (target === options.ignoreIndex) return nothing(width);
    const alpha = options.alpha === undefined || 'alpha' in params ? one : link.alpha(options.alpha, target);
    const weight = input.weights === undefined ? one : exact(input.weights[i]);
    const logits = input.logits.slice(i * width, (i + 1) * width);
    return scaled(lossOf({ link, definition }, logits, target, params), alpha.times(weight));
  });
  return reduce(entries, link, options, input);
}
