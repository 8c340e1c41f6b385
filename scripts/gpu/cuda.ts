import { runConformance } from '@focal-loss/conformance';
import { sigmoidFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/onnxruntime';
import { backend } from '../../packages/onnxruntime/conformance/backend.js';

/** The conformance suite on ONNX Runtime's CUDA provider, which no node may leave; or why it does not run. */
export async function cudaLines(isQuick: boolean, deadline: number): Promise<string[]> {
  const provider = { executionProviders: ['cuda'], strict: true };
  try {
    const run = await compile(sigmoidFocal(), provider);
    await run.value([1, 2], [1, 0]);
    await run.dispose();
  } catch (error) {
    return [`not run: ${(error as Error).message.split('\n')[0]}`];
  }
  const own = backend('float32', { ...provider, device: 'gpu', largest: 2 ** 20, name: 'onnxruntime float32 cuda' });
  for await (const event of runConformance(own, isQuick ? { shard: [1, 60] } : {})) {
    if (event.type === 'check' && performance.now() > deadline) {
      return [`stopped after ${event.done} of ${event.total} checks, out of time`];
    }
    if (event.type !== 'end') continue;
    const { verdict, checks, failed, worst } = event.report;
    return [`${verdict}, ${checks} checks, ${failed} failed, worst ${JSON.stringify(worst)}`];
  }
  return ['not run: the suite ended without a report'];
}
