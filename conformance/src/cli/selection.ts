import { lossFrom } from '@focal-loss/core';
import { messageOf } from '../messageOf.ts';
import type { CallData, RunOptions } from '../runOptions.ts';
import type { Flags } from './flags.ts';

/** What to run of the suite. */
export function selectionOf({ clause, case: id, shard, call }: Flags): RunOptions {
  return {
    ...(clause === undefined ? {} : { clauses: [clause].flat() }),
    ...(id === undefined ? {} : { case: id }),
    ...(call === undefined ? {} : { call: callOf(call) }),
    ...(shard === undefined ? {} : { shard: shardOf(shard) }),
  };
}

function callOf(text: string): CallData {
  const takes = 'takes JSON such as {"loss":{"loss":"sigmoidFocal"},"logits":[0.5],"targets":[1]}';
  const areNumbers = (got: unknown) => Array.isArray(got) && got.every((one) => typeof one === 'number');
  try {
    const call = JSON.parse(text) as CallData;
    if (areNumbers(call.logits) && areNumbers(call.targets)) {
      lossFrom(call.loss);
      return call;
    }
  } catch (error) {
    throw new Error(`--call is ${text}, ${takes}: ${messageOf(error)}`);
  }
  throw new Error(`--call is ${text}, ${takes}`);
}

function shardOf(shard: unknown): readonly [number, number] {
  const [, part, of] = /^(\d+)\/(\d+)$/.exec(String(shard)) ?? [];
  const [i, n] = [Number(part), Number(of)];
  if (!(i >= 1 && i <= n)) throw new Error(`--shard is ${shard}, takes the part and how many there are: 1/4 to 4/4`);
  return [i, n];
}
