import type { Label, Loss, Part } from '@focal-loss/core';
import { kernels } from './kernels.generated.ts';
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
}

/**
 * The program for a loss among those that were written when this package was built, the most special first. A member of
 * the user's own has none.
 */
export const writtenFor = <W extends Written>(programs: readonly W[], { key, params }: Loss): W | undefined =>
  programs.find(
    (program) => program.key === key && Object.entries(program.when).every(([name, value]) => params[name] === value),
  );

/** The program of a loss for a kind of label. */
export const written = (loss: Loss, label: Label): WrittenKernel | undefined =>
  writtenFor(
    kernels.filter((kernel) => kernel.label === label),
    loss,
  );

/** Under which name a program that gives these parts is found. */
export const programName = (wants: readonly Part[]) => (wants.includes('grad') ? 'value,grad' : 'value');
