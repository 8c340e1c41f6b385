import type { Loss } from '@focal-loss/core';
import type { Call } from '../call.ts';
import type { EngineName } from '../engines.ts';

/** The name of a thread whose script is the package itself; see `isAlone` of the pool. */
export const OWN_THREAD = 'focal-loss';

/** A loss as it travels: its formula by the key it has in the family. */
export type SentLoss = Omit<Loss, 'formula' | 'toJSON'>;

/** What a thread is asked to do: some consecutive blocks of a call. */
export interface Request {
  readonly id: number;
  readonly loss: SentLoss;
  readonly engine: EngineName;
  readonly divide: number;
  /**
   * Those rows of the call. Where results go is shared memory, or an empty array of the caller's kind that is sent back
   * full.
   */
  readonly call: Call;
}

/** What a thread sends back. */
export type Reply =
  | {
      readonly id: number;
      /** One sum a block, in order. */
      readonly sums: Float64Array;
      readonly grad: Call['grad'];
      readonly hess: Call['hess'];
      readonly values: Call['values'];
      readonly examples: Call['examples'];
    }
  | { readonly id: number; readonly error: string };
