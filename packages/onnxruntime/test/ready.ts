import * as ort from 'onnxruntime-node';

/** Tensors of a run by name. */
export type Feeds = Readonly<Record<string, ort.Tensor>>;

/** A session on one thread, which says nothing of its own accord. */
export const session = (model: Uint8Array, options: ort.InferenceSession.SessionOptions = {}) =>
  ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3, ...options });

/** Runs a model once; outputs as plain numbers. */
export async function run(model: Uint8Array, feeds: Feeds): Promise<Record<string, number[]>> {
  const opened = await session(model);
  try {
    const out = await opened.run(feeds);
    return Object.fromEntries(
      Object.entries(out).map(([name, { data }]) => [name, Array.from(data as Float32Array, Number)]),
    );
  } finally {
    await opened.release();
  }
}

export const float32 = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  new ort.Tensor('float32', Float32Array.from(values), shape);
export const float64 = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  new ort.Tensor('float64', Float64Array.from(values), shape);
export const int64 = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape);

/** Logits between −9 and 9, the same on every run. */
export const waves = (n: number, phase = 0) =>
  Array.from({ length: n }, (_, i) => Math.fround(9 * Math.sin(1.7 * i + phase)));
