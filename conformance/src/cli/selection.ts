import type { RunOptions } from '../runOptions.ts';
import type { Flags } from './flags.ts';

/** What to run of the suite. */
export function selectionOf({ clause, case: id, shard }: Flags): RunOptions {
  return {
    ...(clause === undefined ? {} : { clauses: [clause].flat() }),
    ...(id === undefined ? {} : { case: id }),
    ...(shard === undefined ? {} : { shard: shardOf(shard) }),
  };
}

function shardOf(shard: unknown): readonly [number, number] {
  const [, part, of] = /^(\d+)\/(\d+)$/.exec(String(shard)) ?? [];
  const [i, n] = [Number(part), Number(of)];
  if (!(i >= 1 && i <= n)) throw new Error(`--shard is ${shard}, takes the part and how many there are: 1/4 to 4/4`);
  return [i, n];
}
