import { runConformance, type VectorFile } from '@focal-loss/conformance';
import { sigmoidFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/onnxruntime';
import { backend } from '../../packages/onnxruntime/conformance/backend.js';

const provider = { executionProviders: ['cuda'], strict: true };
const settings = { ...provider, device: 'gpu', largest: 2 ** 20 } as const;

/** Each dtype at the default opset, then float32 at every opset. */
const backends = () => [
  ...(['float32', 'float64', 'float16'] as const).map((dtype) =>
    backend(dtype, { ...settings, name: `onnxruntime ${dtype} cuda` }),
  ),
  ...[13, 21, 23, 25].map((opset) =>
    backend('float32', { ...settings, opset, name: `onnxruntime float32 cuda opset ${opset}` }),
  ),
];

/** Why ONNX Runtime's CUDA provider does not run here. */
export async function noCuda(): Promise<string | undefined> {
  try {
    const run = await compile(sigmoidFocal(), provider);
    await run.value([1, 2], [1, 0]);
    await run.dispose();
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

/** The conformance suite on the CUDA provider, which no node may leave: a line a backend, as long as there is time. */
export async function* cudaLines(
  vectors: readonly VectorFile[],
  isQuick: boolean,
  deadline: number,
): AsyncGenerator<string> {
  for (const one of backends()) {
    for await (const event of runConformance(one, { vectors, ...(isQuick && { shard: [1, 60] as const }) })) {
      if (event.type === 'check' && event.result.outcome === 'failed') yield `failed ${JSON.stringify(event.result)}`;
      if (event.type === 'check' && performance.now() > deadline) {
        yield `${one.name}: stopped after ${event.done} of ${event.total} checks, out of time`;
        return;
      }
      if (event.type !== 'end') continue;
      const { verdict, checks, failed, worst } = event.report;
      yield `${one.name}: ${verdict}, ${checks} checks, ${failed} failed, worst ${JSON.stringify(worst)}`;
    }
  }
}
