import type { Case, Expect, Input, LossSpec } from './case.ts';
import { exact, one } from './decimal.ts';
import { nothing, scaled } from './entry.ts';
import { factoryOf, settingOf } from './factories.ts';
import { spelled } from './json.ts';
import { links, lossOf } from './links.ts';
import { type Options, reduce } from './reduce.ts';

const solved = new Map<string, Case>();

/** Takes the answers to cases for granted that have been solved before. */
export function takeForGranted(cases: readonly Case[]): void {
  for (const one of cases) solved.set(one.id, one);
}

/** A case with its answer. */
export function solve(id: string, clause: string, loss: LossSpec, input: Input): Case {
  const known = solved.get(id);
  const expect = sameQuestion(known, { loss, input }) ? known.expect : evaluate(loss, input);
  return { id, clause, loss, input, expect };
}

const sameQuestion = (known: Case | undefined, asked: Question): known is Case =>
  known !== undefined && question(known) === question(asked);

type Question = Pick<Case, 'loss' | 'input'>;

const question = ({ loss, input }: Question) => JSON.stringify(spelled({ loss, input }));

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
