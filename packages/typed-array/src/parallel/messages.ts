import type { Loss } from '@focal-loss/core';
import type { Call } from '../call.ts';
import type { EngineName } from '../engines.ts';
import type { Places } from '../memory/owners.ts';
import type { Home } from '../simd/home.ts';

/** The name of a thread whose script is the package itself; see `isAlone` of the pool. */
export const OWN_THREAD = 'focal-loss';

/** A loss as it travels: its formula by the key it has in the family. */
export type SentLoss = Omit<Loss, 'formula' | 'toJSON'>;

/** What a thread is told first. */
export interface Opening {
  readonly loss: SentLoss;
  readonly engine: EngineName;
  /** The memory that all threads share, and where the lanes of this one are; undefined where there is none. */
  readonly home: Home | undefined;
}

/** What all threads that work on a call have in common; in shared memory. */
export interface Board {
  /**
   * The blocks that somebody has begun, those that are done, whether one of them failed, whether the first may be begun, and how many
   * lie where they can be worked on: see board.ts.
   */
  readonly counters: Int32Array;
  /** The sum of each block. */
  readonly sums: Float64Array;
  /** What everything is divided by. */
  readonly divide: Float64Array;
}

/** What a thread is asked to do: blocks of a call. */
export interface Request {
  readonly id: number;
  /** Where threads share memory: which blocks, as many as it gets. Else what all those of `call` are divided by. */
  readonly by: Board | number;
  /**
   * Rows of the call. Where results go is shared memory, or an empty array of the caller's kind that is sent back full. Places are
   * those in the memory that all threads share.
   */
  readonly call: Omit<Call, 'places'> & { readonly places: Omit<Places, 'home'> | undefined };
}

/** What a block has of each example. */
export interface ExampleParts {
  readonly block: number;
  readonly sums: readonly number[];
}

/** What a thread sends back. */
export type Reply =
  | {
      readonly id: number;
      /** One sum a block, in order; none where there is a board for them. */
      readonly sums: Float64Array;
      readonly grad: Call['grad'];
      readonly hess: Call['hess'];
      readonly values: Call['values'];
      readonly examples: Call['examples'];
      /** Where there is a board: what each block the thread has run has of each example. */
      readonly parts?: readonly ExampleParts[] | undefined;
    }
  | { readonly id: number; readonly error: string };
