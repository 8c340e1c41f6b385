import { type Derivative, type Label, type Programmable, program } from '@focal-loss/core';
import { type Operations, read, readable } from '../../ops.ts';
import type { Graph, Vector } from './graph.ts';

/** A formula and what of it is known while its kernel is made. */
export interface Described extends Programmable {
  /** Parameters that are written as numbers. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** What a kernel is to do. */
export interface Wanted {
  readonly label: Label;
  readonly wants: readonly Derivative[];
  /** Whether what labels leave of 1 lies beside them, as `low`. */
  readonly rest?: boolean;
}

/**
 * The parts of a loss as vectors, and the exponentials they are made of.
 *
 * @param side 1 or −1, of a program for hard labels.
 * @param tiny The smallest normal number.
 */
export function evaluate(
  loss: Described,
  { label, wants, rest = false }: Wanted,
  graph: Graph,
  side: Vector,
  operations: Operations<Vector>,
  tiny: number,
): { readonly parts: readonly Vector[]; readonly decays: readonly Vector[] } {
  const syntax = { ...readable(), tiny };
  const { statements, results, params, cut } = program(loss, syntax, { label, wants, rest, literals: loss.numbers });
  const { first } = cut();
  const keys = Object.keys(loss.params);
  const inputs = (): [string, Vector][] => [
    ...Array.from(syntax.numbers, ([name, value]): [string, Vector] => [name, graph.constant(value)]),
    ...params.map(({ key, name }): [string, Vector] => [name, graph.param(keys.indexOf(key))]),
    ...(['x', 'y', 'low'] as const).map((lane): [string, Vector] => [lane, graph.lane(lane)]),
    ['side', side],
  ];
  const vectorsOf = (statements: readonly string[], results: readonly string[]) => {
    const known = new Map(inputs());
    read(statements, operations, known);
    return results.map((name) => known.get(name) as Vector);
  };
  return {
    parts: vectorsOf(statements, results),
    decays: vectorsOf(first.statements, first.results),
  };
}
