import { FocalLossError } from '@focal-loss/core';
import type { EncodeOptions } from './call.ts';
import { dispatch, type ReadyStep } from './dispatch.ts';
import { type Encoder, encoderProblems, isPass } from './encoder.ts';
import type { Recipes } from './recipes.ts';

/** A call with its buffers, ready to be recorded. */
export interface BoundCall {
  /**
   * Records the call.
   *
   * @param encoder A command encoder, or a compute pass that is open and stays so.
   * @throws {@link FocalLossError} if it is neither, or a pass where the call has `timestampWrites`; or that the device is lost or
   *   the loss disposed of.
   */
  encode(encoder: Encoder): void;
}

/**
 * Looks at a call and makes its objects, or finds them.
 *
 * @param encoder Where it will be recorded, if it is known, so that all that is wrong is told at once.
 * @throws {@link FocalLossError} naming everything that will not do.
 */
export function bindCall(
  name: string,
  recipes: Recipes,
  options: EncodeOptions,
  ...encoder: readonly unknown[]
): BoundCall {
  const problems = encoder.length > 0 ? encoderProblems(encoder[0], options?.timestampWrites) : [];
  const ready = recipes.ready(options, problems);
  const { timestampWrites } = options;
  return { encode: (to) => record(name, to, ready, timestampWrites) };
}

/** Records steps into a pass, which is begun and ended if there is none yet. */
export function record(
  name: string,
  to: Encoder,
  ready: readonly ReadyStep[],
  timestampWrites?: GPUComputePassTimestampWrites,
): void {
  const problems = encoderProblems(to, timestampWrites);
  if (problems.length > 0) throw new FocalLossError(name, problems);
  const label = `focal-loss ${name}`;
  const pass = isPass(to) ? to : to.beginComputePass({ label, ...(timestampWrites && { timestampWrites }) });
  for (const step of ready) dispatch(pass, step);
  if (pass !== to) pass.end();
}
