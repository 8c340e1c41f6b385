/**
 * The whole suite on the CUDA provider, which nothing may leave: each dtype at the default opset, and float32 at every
 * opset. Without CUDA it says "not run" and why, and that is no failure.
 *
 *     npm run conformance:cuda -w @focal-loss/onnxruntime
 */
import { runConformance } from '@focal-loss/conformance';
import { sigmoidFocal } from '@focal-loss/core';
import { backend } from '../conformance/backend.js';
import { compile } from '../src/index.ts';

const provider = { executionProviders: ['cuda'], strict: true };
const settings = { ...provider, device: 'gpu', largest: 2 ** 20 } as const;

async function unavailable(): Promise<string | undefined> {
  try {
    const run = await compile(sigmoidFocal(), provider);
    await run.value([1, 2], [1, 0]);
    await run.dispose();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const reason = await unavailable();
const backends = [
  ...(['float32', 'float64', 'float16'] as const).map((dtype) =>
    backend(dtype, { ...settings, name: `onnxruntime ${dtype} cuda` }),
  ),
  ...[13, 21, 23, 25].map((opset) =>
    backend('float32', { ...settings, opset, name: `onnxruntime float32 cuda opset ${opset}` }),
  ),
];
for (const one of backends) {
  if (reason !== undefined) {
    console.log(`${one.name}: not run`);
    continue;
  }
  for await (const event of runConformance(one)) {
    if (event.type === 'check' && event.result.outcome === 'failed') console.log(event.result);
    if (event.type !== 'end') continue;
    const { verdict, checks, failed, worst } = event.report;
    console.log(`${one.name}: ${verdict}, ${checks} checks, ${failed} failed, worst ${JSON.stringify(worst)}`);
    if (verdict === 'fails') process.exitCode = 1;
  }
}
if (reason !== undefined) console.log(`\n${reason}`);
