import type { Label, Link } from '@focal-loss/core';
import type { Lanes } from './lanes.ts';

/** Fills the first `n` entries of the lanes of what is wanted from `x`, `y`, `factor` and `scale`. */
export type Kernel = (n: number, lanes: Lanes, params: readonly number[]) => void;

/** Which formula a program evaluates, and with which parameter values folded into it. */
export interface Written {
  readonly key: string;
  readonly when: Readonly<Record<string, number>>;
}

/** The programs of one formula for one kind of label, by what they give. */
export interface WrittenKernel extends Written {
  readonly label: Label;
  readonly value: Kernel;
  readonly 'value,grad': Kernel;
  /** Absent where the label is hard: the kernel for any label has it. */
  readonly 'value,grad,hess'?: Kernel;
}

/** What a posterior is made of, in float64, from `x` (and at a softmax `low`) into `value`. See scripts/emit.ts. */
export interface WrittenPosterior extends Written {
  readonly link: Link;
  readonly run: Kernel;
}
