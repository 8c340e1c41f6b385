import { type Derivative, type Label, type Loss, program } from '@focal-loss/core';
import { float64Kernel } from './float64/kernel.ts';
import { type Node, nodesOf, type Steps, steps } from './float64/steps.ts';
import { hasRest } from './smooth.ts';

/** The parameters that kernels write as numbers: beside those of core's policy all that are 0 or 1, which make any formula shorter. */
export const numbersOf = ({ params, literals }: Pick<Loss, 'params' | 'literals'>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(params).filter(([name, value]) => literals.includes(name) || value === 0 || value === 1),
  );

/**
 * A loss's kernels on float64 lanes by what they take and give, each made at its first use.
 *
 * @param fast Whether WebAssembly may be used.
 */
export function programs(loss: Loss, fast: boolean): (label: Label, wants: readonly Derivative[]) => Steps {
  const made: Record<Label, Steps[]> = { hard: [], any: [], margin: [] };
  return (label, wants) => {
    made[label][wants.length] ??=
      (fast ? float64Kernel(loss, numbersOf(loss), label, wants) : undefined) ?? written(loss, label, wants);
    return made[label][wants.length];
  };
}

function written(loss: Loss, label: Label, wants: readonly Derivative[]): Steps {
  return steps((builder) => {
    const { lane, op } = builder;
    const y = lane('y');
    const inputs: Record<string, Node> = { x: lane('x'), y, low: lane('low'), side: op('side', y) };
    const parts = nodesOf(builder, inputs, (syntax) => {
      const text = program(loss, syntax, { label, wants, literals: numbersOf(loss), rest: hasRest(loss) });
      for (const { key, name } of text.params) inputs[name] = builder.constant(loss.params[key]);
      return text;
    });
    return wants.map((part, i) => [part, op('mul', lane(part === 'value' ? 'factor' : 'scale'), parts[i])]);
  });
}
