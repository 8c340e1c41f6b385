import type { Loss } from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { type CompileOptions, compile, type OnnxLoss } from '../src/index.ts';

/** The runtime, without its warnings. */
export const quiet = { runtime: ort, sessionOptions: { logSeverityLevel: 4 } } as const;

/** The message a promise is rejected with. */
export const message = async (promise: Promise<unknown>) => {
  try {
    await promise;
  } catch (error) {
    return String(error);
  }
  return 'nothing was thrown';
};

/** A compiled loss, disposed of after use. */
export async function using<T>(loss: Loss, options: CompileOptions, body: (run: OnnxLoss) => Promise<T>): Promise<T> {
  const run = await compile(loss, { ...quiet, ...options });
  try {
    return await body(run);
  } finally {
    await run.dispose();
  }
}
