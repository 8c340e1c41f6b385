import type { ReadTensor } from './readTensor.ts';

/** As much of onnxruntime as the test of the export asks for. */
interface Runtime {
  readonly Tensor: new (type: 'float32' | 'int64', data: ReadTensor['values'], dims: readonly number[]) => object;
  readonly InferenceSession: {
    create(
      file: string,
      options: object,
    ): Promise<{ run(feeds: object): Promise<Record<string, { data: Float32Array }>>; release(): Promise<void> }>;
  };
}

/** Runs a model once. */
export type Run = (file: string, inputs: Readonly<Record<string, ReadTensor>>) => Promise<Record<string, Float32Array>>;

/** onnxruntime, or nothing where it is not installed. */
export async function load(name: string): Promise<Run | undefined> {
  let runtime: Runtime;
  try {
    const imported = await import(/* @vite-ignore */ name);
    runtime = imported.default ?? imported;
  } catch {
    return undefined;
  }
  return async (file, inputs) => {
    // The model asks for opset 17 on purpose; warnings about its age are no news.
    const session = await runtime.InferenceSession.create(file, { logSeverityLevel: 3 });
    const tensors = Object.entries(inputs).map(([key, { shape, values }]) => [
      key,
      new runtime.Tensor(values instanceof BigInt64Array ? 'int64' : 'float32', values, shape),
    ]);
    const outputs = await session.run(Object.fromEntries(tensors));
    await session.release();
    return Object.fromEntries(Object.entries(outputs).map(([key, { data }]) => [key, data]));
  };
}
