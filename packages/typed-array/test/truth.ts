import type { Expect, Input, LossSpec } from '../../core/oracle/case.ts';
import { digitsFor, exact, one, withDigits } from '../../core/oracle/decimal.ts';
import { entry, nothing, scaled } from '../../core/oracle/entry.ts';
import { factoryOf, settingOf } from '../../core/oracle/factories.ts';
import { indices } from '../../core/oracle/indices.ts';
import { links } from '../../core/oracle/links.ts';
import { type Options, reduce } from '../../core/oracle/reduce.ts';

/**
 * The answer to a call from the textbook definitions of core's oracle, without the difference quotients by which the
 * oracle confirms each entry, and with digits for a shift β as well.
 */
export function truth(loss: LossSpec, input: Input): Expect {
  const { link: name, definition } = factoryOf(loss.factory);
  const setting = settingOf(loss);
  const options = loss.options as Options;
  const link = links[name];
  const width = link.width(input.shape);
  const hasAlpha = options.alpha !== undefined && !('alpha' in setting);
  const alphaOf = (target: number) =>
    typeof options.alpha === 'object' ? options.alpha[target] : Number(options.alpha);
  const entries = input.targets.map((target, i) => {
    if (target === options.ignoreIndex) return nothing(width);
    const logits = input.logits.slice(i * width, (i + 1) * width);
    const spread = Math.max(0, ...logits) - Math.min(0, ...logits) + Math.abs(Number(setting.beta ?? 0));
    return withDigits(digitsFor(spread, definition.steepness?.(setting)), () => {
      const params = Object.fromEntries(Object.entries(setting).map(([key, value]) => [key, exact(Number(value))]));
      const xs = logits.map(exact);
      const { point, chain } = link.loss(definition, xs, target, params, xs);
      const { value, slope, valueScale, slopeScale } = point;
      const alpha = hasAlpha ? link.alpha(alphaOf(target), exact(target)) : one;
      const weight = input.weights === undefined ? one : exact(input.weights[i]);
      return scaled(entry(value, chain(slope), valueScale, slopeScale && chain(slopeScale)), alpha.times(weight));
    });
  });
  return reduce(entries, link, { ...options, positives: definition.positives }, input, indices(name, input));
}
