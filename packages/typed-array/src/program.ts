import type { Derivative, Label, Loss } from '@focal-loss/core';
import type { Kernel, Written, WrittenKernel } from './kernel.ts';
import { kernels } from './kernels.generated.ts';

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

/** The program that gives these parts, if there is one. */
export const programOf = (kernel: WrittenKernel, wants: readonly Derivative[]): Kernel | undefined =>
  wants.includes('hess') ? kernel['value,grad,hess'] : kernel[wants.includes('grad') ? 'value,grad' : 'value'];
