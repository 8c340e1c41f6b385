import { FocalLossError } from '@focal-loss/core';

/** As much of a tensor of ONNX Runtime as is needed here. */
export interface RuntimeTensor {
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}

/** A session of ONNX Runtime. */
export interface RuntimeSession {
  run(feeds: object, fetches?: object): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

/** What `import * as ort from 'onnxruntime-node'`, or `'onnxruntime-web'`, gives. */
export interface Runtime {
  readonly Tensor: new (type: never, data: never, shape: readonly number[]) => RuntimeTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options?: object): Promise<object>;
  };
}

/** The runtimes looked for, in this order, where none is passed in. */
const NAMES = ['onnxruntime-node', 'onnxruntime-web'];

/**
 * The runtime passed in, or the one installed.
 *
 * @throws {@link FocalLossError} if there is none, saying why each could not be imported.
 */
export async function findRuntime(given: unknown): Promise<Runtime> {
  if (given !== undefined) {
    const module = given as Partial<Runtime> & { default?: unknown };
    if (typeof module?.InferenceSession?.create === 'function') return given as Runtime;
    if (module?.default !== undefined) return findRuntime(module.default);
    throw new FocalLossError('compile', [
      {
        field: 'runtime',
        got: given,
        takes: "onnxruntime-node or onnxruntime-web: import * as ort from 'onnxruntime-node'",
      },
    ]);
  }
  const causes: string[] = [];
  for (const name of NAMES) {
    try {
      // A name that is computed: bundlers need not have both.
      return await findRuntime(await import(/* @vite-ignore */ /* webpackIgnore: true */ name));
    } catch (error) {
      causes.push(`${name}: ${firstLine(error)}`);
    }
  }
  throw new FocalLossError('compile', [
    {
      field: 'runtime',
      got: undefined,
      takes: `onnxruntime-node or onnxruntime-web, and neither can be imported (${causes.join('; ')}): npm install onnxruntime-node`,
    },
  ]);
}

/** What an error says, without its stack. */
export function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0];
}
