import type { Link, Loss } from '@focal-loss/core';
import type { GradArray, Logits, NumericArray } from '../arrays.ts';
import type { Job } from '../engine.ts';
import type { EngineName } from '../start.ts';

/** A loss as it travels: its formula by the key it has in the family. */
export interface SentLoss extends Omit<Loss, 'formula'> {
  readonly key: string;
  readonly link: Link;
}

/** Some blocks of a job, with the parts of the arrays that belong to them. */
export interface Task {
  readonly id: number;
  readonly loss: SentLoss;
  readonly engine: EngineName;
  readonly divide: number;
  readonly job: Omit<Job, 'grad' | 'values' | 'logits' | 'targets' | 'weights'> & {
    readonly logits: Logits;
    readonly targets: NumericArray;
    readonly weights: NumericArray | undefined;
    /** Where the gradient goes: shared memory, or an empty array of the caller's kind to be sent back full. */
    readonly grad: GradArray | undefined;
    readonly values: Float32Array | Float64Array | undefined;
  };
}

/** What a worker sends back. */
export type Reply =
  | {
      readonly id: number;
      /** One sum a block, in order. */
      readonly sums: Float64Array;
      readonly grad: GradArray | undefined;
      readonly values: Float32Array | Float64Array | undefined;
    }
  | { readonly id: number; readonly error: string };
