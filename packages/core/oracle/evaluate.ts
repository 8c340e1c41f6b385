import type { Case, Expect, Input, Loss } from './case.ts';
import { exact, one } from './decimal.ts';
import { nothing, scaled } from './entry.ts';
import { type Link, lossOf, sigmoid, softmax } from './links.ts';
import { type Options, reduce } from './reduce.ts';
import { crossEntropy, type Definition, focal, focalStar, qualityFocal } from './textbook.ts';

interface Factory {
  readonly link: Link;
  readonly definition: Definition;
  /** The parameters of the formula. Every other option is common to all losses. */
  readonly defaults: Readonly<Record<string, number>>;
}

const factories: Readonly<Record<string, Factory>> = {
  sigmoidCrossEntropy: { link: sigmoid, definition: crossEntropy, defaults: {} },
  softmaxCrossEntropy: { link: softmax, definition: crossEntropy, defaults: {} },
  sigmoidFocal: { link: sigmoid, definition: focal, defaults: { gamma: 2 } },
  softmaxFocal: { link: softmax, definition: focal, defaults: { gamma: 2 } },
  sigmoidFocalStar: { link: sigmoid, definition: focalStar, defaults: { gamma: 2, beta: 1 } },
  softmaxFocalStar: { link: softmax, definition: focalStar, defaults: { gamma: 2, beta: 1 } },
  qualityFocal: { link: sigmoid, definition: qualityFocal, defaults: { beta: 2 } },
};

/** A case with its answer. */
export const solve = (id: string, clause: string, loss: Loss, input: Input): Case => ({
  id,
  clause,
  loss,
  input,
  expect: evaluate(loss, input),
});

export function evaluate(loss: Loss, input: Input): Expect {
  const factory = factories[loss.factory];
  const options = loss.options as Options;
  const params = Object.fromEntries(
    Object.entries(factory.defaults).map(([name, value]) => [name, (loss.options[name] as number) ?? value]),
  );
  const { link } = factory;
  const width = link.width(input.shape);

  const entries = input.targets.map((target, i) => {
    if (target === options.ignoreIndex) return nothing(width);
    const alpha = options.alpha === undefined ? one : link.alpha(options.alpha, target);
    const weight = input.weights === undefined ? one : exact(input.weights[i]);
    const logits = input.logits.slice(i * width, (i + 1) * width);
    return scaled(lossOf(factory, logits, target, params), alpha.times(weight));
  });
  return reduce(entries, link, options, input);
}
