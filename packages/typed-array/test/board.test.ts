import { type Loss, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { describe, expect, it, vi } from 'vitest';
import { blocksOf } from '../src/blocks.ts';
import type { Call } from '../src/call.ts';
import { checkCall } from '../src/call.ts';
import type { Engine } from '../src/engine.ts';
import { engineFinder } from '../src/engines.ts';
import { compile } from '../src/index.ts';
import { commonArena } from '../src/memory/allocate.ts';
import type { Arena } from '../src/memory/arena.ts';
import { hasFailed, isDone, newBoard, open, takeBlocks, tellThere } from '../src/parallel/board.ts';
import type { Board } from '../src/parallel/messages.ts';
import type { Pool } from '../src/parallel/pool.ts';
import { runShared } from '../src/parallel/shared.ts';

const call = { rows: 1000, inner: 1 } as Call;
/** An engine whose blocks have ten rows, and give what `work` does. */
const engine = (work: (first: number, n: number) => number): Engine => ({
  block: 10,
  tally: () => undefined,
  run: (_call, divide, first, n) => work(first, n) / divide,
});

describe('a board', () => {
  it('gives each block to one taker, whoever comes when', () => {
    const board = newBoard(100);
    open(board, 2, true);
    tellThere(board, 100);
    const by: string[] = [];
    let calls = 0;
    const other = engine((first) => by.push(`other ${first}`) && first);
    const one = engine((first) => {
      by.push(`one ${first}`);
      // In the middle of the work of the first another comes, and takes all that is left.
      if (++calls === 3) takeBlocks(board, call, other);
      return first;
    });
    takeBlocks(board, call, one);
    takeBlocks(
      board,
      call,
      engine(() => by.push('late')),
    );
    expect(by.map((text) => text.split(' ')[1]).sort()).toEqual(
      Array.from({ length: 100 }, (_, i) => `${i * 10}`).sort(),
    );
    expect(by.filter((text) => text.startsWith('one')).length).toBeLessThan(20);
    expect([...board.sums]).toEqual(Array.from({ length: 100 }, (_, i) => i * 5));
    expect([isDone(board), hasFailed(board)]).toEqual([true, false]);
  });

  it('on which a block has failed has no more to take', () => {
    const board = newBoard(100);
    open(board, 1, true);
    tellThere(board, 100);
    const broken = engine((first) => {
      if (first === 50) throw new Error('out of order');
      return 0;
    });
    expect(() => takeBlocks(board, call, broken)).toThrow('out of order');
    expect(
      takeBlocks(
        board,
        call,
        engine(() => expect.unreachable()),
      ),
    ).toEqual([]);
    expect([isDone(board), hasFailed(board)]).toEqual([false, true]);
  });
});

describe('threads are told of no block before its logits are there', () => {
  it.each([
    ['of single entries', sigmoidFocal(), {}],
    ['of rows', softmaxFocal(), { shape: [12_500, 4] }],
    [
      'of rows whose classes lie apart (some were begun before, and gave 7.1395 for 7.1380)',
      softmaxFocal(),
      { shape: [4, 12_500], axis: 0 },
    ],
  ])('%s', async (_, given, options) => {
    const loss = given as Loss;
    const logits = Float32Array.from({ length: 50_000 }, (_, i) => 1 + i);
    const rows = loss.link === 'softmax' ? 12_500 : 50_000;
    const call = checkCall(loss, logits, new Uint8Array(rows), options, ['value']);
    const engineOf = engineFinder(loss);
    const told: boolean[] = [];
    const notify = vi.spyOn(Atomics, 'notify');
    const pool: Pool = {
      size: 1,
      check: () => undefined,
      dispose: async () => undefined,
      run: async (_, { by, call: sent }) => {
        const { counters } = by as Board;
        const { at } = blocksOf(call, engineOf(call));
        notify.mockImplementation((array, index) => {
          if ((array as unknown) !== counters || index !== 4) return 0;
          const [first, n] = at(counters[4] - 1);
          const isApart = call.inner > 1;
          const needed = isApart ? logits.length : (first + n) * call.classes;
          told.push(logits.subarray(0, needed).every((logit, i) => (sent.logits as Float32Array)[i] === logit));
          return 0;
        });
        return {
          id: 0,
          sums: new Float64Array(0),
          grad: undefined,
          hess: undefined,
          values: undefined,
          examples: undefined,
        };
      },
    };
    const means = { pool, arena: commonArena() as Arena, engineOf, normalizer: undefined, overInputs: false };
    expect(await runShared(loss, call, { ...means, check: () => undefined })).toBe(
      compile(loss).value(logits, new Uint8Array(rows), options),
    );
    notify.mockRestore();
    expect(told.length).toBeGreaterThan(0);
    expect(told).not.toContain(false);
  });
});

describe('a call rejects, and does not wait for ever, if a thread', () => {
  const loss = sigmoidFocal() as Loss;
  const logits = new Float32Array(50_000);
  const pool = (work: (board: Board) => unknown): Pool => ({
    size: 1,
    check: () => undefined,
    dispose: async () => undefined,
    run: async (_, { by }) => {
      work(by as Board);
      throw new Error('a thread stopped');
    },
  });
  const run = (pool: Pool, arena = commonArena() as Arena) => {
    const given = checkCall(loss, logits, new Uint8Array(logits.length), {}, ['value']);
    const engineOf = engineFinder(loss);
    const means = { pool, arena, engineOf, normalizer: undefined, overInputs: false, check: () => undefined };
    return runShared(loss, given, means);
  };

  it('fails at a block', async () => {
    const broken = engine(() => {
      throw new Error('out of order');
    });
    const work = (board: Board) => {
      tellThere(board, 100);
      takeBlocks(board, call, broken);
    };
    await expect(run(pool(work))).rejects.toThrow('out of order');
  });

  it('(and is run by this thread alone if there is no memory for what others are to see)', async () => {
    const full = { ...(commonArena() as Arena), take: () => undefined };
    expect(
      await run(
        pool(() => expect.unreachable()),
        full,
      ),
    ).toBe(compile(loss).value(logits, new Uint8Array(50_000)));
  });

  it('dies with one', async () => {
    await expect(run(pool(({ counters }) => Atomics.add(counters, 0, 1)))).rejects.toThrow('a thread stopped');
  });
});
