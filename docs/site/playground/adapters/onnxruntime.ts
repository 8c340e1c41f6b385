import { defineBackend } from '@focal-loss/conformance';
import { compile, type OnnxLoss } from '@focal-loss/onnxruntime';
import * as runtime from 'onnxruntime-web/wasm';
import { kept } from '../kept.ts';
import type { Plugged } from '../plug.ts';

/** ONNX Runtime in the browser, on WebAssembly and one thread: pages from any server have no more. */
export default async (): Promise<Plugged> => {
  runtime.env.wasm.numThreads = 1;
  const losses = kept<OnnxLoss>(
    (loss) => compile(loss, { runtime }),
    (run) => run.dispose(),
  );
  const backend = defineBackend({
    name: 'onnxruntime-web float32 wasm',
    dtype: 'float32',
    evaluate: ({ loss, logits, targets, shape, weights, normalizer, grad }) =>
      losses.with(loss, async (run) => {
        const options = { shape, weights, normalizer };
        return grad
          ? await run.valueAndGrad(logits, targets, options)
          : { value: await run.value(logits, targets, options) };
      }),
  });
  return { backend };
};
