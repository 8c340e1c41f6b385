import type { Problem } from '@focal-loss/core';

/** Where calls are recorded: a command encoder, or a compute pass that is open. */
export type Encoder = GPUCommandEncoder | GPUComputePassEncoder;

/** Whether it is a pass. Encoders are known by what they do, as buffers are by what they have. */
export const isPass = (encoder: Encoder): encoder is GPUComputePassEncoder => 'dispatchWorkgroups' in encoder;

/** What is wrong with an encoder. */
export function encoderProblems(encoder: unknown, timestampWrites: unknown): Problem[] {
  const { beginComputePass, dispatchWorkgroups } = (encoder ?? {}) as Record<string, unknown>;
  if (typeof beginComputePass !== 'function' && typeof dispatchWorkgroups !== 'function') {
    return [{ field: 'encoder', got: encoder, takes: 'a GPUCommandEncoder or a GPUComputePassEncoder' }];
  }
  if (typeof beginComputePass === 'function' || timestampWrites === undefined) return [];
  const takes = 'nothing with a compute pass that is open: they are given where it is begun';
  return [{ field: 'timestampWrites', got: timestampWrites, takes }];
}
