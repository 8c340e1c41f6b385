import { FocalLossError, type Loss } from '@focal-loss/core';
import { diagnose } from './diagnose.ts';
import { firstLine, type Runtime, type RuntimeSession } from './runtime.ts';
import { sharedSession, textOf } from './shared.ts';
import { inTurn } from './turns.ts';

/** An execution provider: `'cpu'`, `'cuda'`, `'webgpu'`, `'wasm'`, …, or an object with that name and its own options. */
export type ExecutionProvider = string | { readonly name: string; readonly [option: string]: unknown };

/** How sessions are opened. */
export interface SessionSettings {
  /**
   * Providers in the order they are tried: `['cuda', 'cpu']`. The first that works runs everything; with none named that
   * works, `compile` rejects and says why. Default `['cpu']`, with onnxruntime-web `['wasm']`.
   */
  readonly executionProviders?: readonly ExecutionProvider[] | undefined;
  /** Forbids that single nodes are run on the CPU where the provider has no kernel for them: `compile` rejects instead. */
  readonly strict?: boolean | undefined;
  /**
   * Options of ONNX Runtime for its sessions: `{ intraOpNumThreads: 1 }`. Default on the processor `{ graphOptimizationLevel:
   * 'disabled' }`.
   */
  readonly sessionOptions?: Readonly<Record<string, unknown>> | undefined;
}

/** A session, and on what it runs. */
export interface Opened {
  readonly session: RuntimeSession;
  readonly provider: ExecutionProvider;
}

export const nameOf = (provider: ExecutionProvider) => (typeof provider === 'string' ? provider : provider.name);

/** Providers that need no other to fall back on. */
const PLAIN = ['cpu', 'wasm'];

/** Whether a provider computes on the processor, where small chunks stay in its caches. */
export const isPlain = (provider: ExecutionProvider) => PLAIN.includes(nameOf(provider));

/** The providers to try. */
export const providersOf = (runtime: Runtime, { executionProviders }: SessionSettings): readonly ExecutionProvider[] =>
  executionProviders ?? (isNode() && !isWeb(runtime) ? ['cpu'] : ['wasm']);

/**
 * Opens a session on the first provider of the list that works. Each is tried on its own: ONNX Runtime throws for a list
 * whose first provider cannot be loaded, and never says on which one a session runs.
 *
 * @throws {@link FocalLossError} saying for each provider why not, and what to do about it.
 */
export async function open(
  runtime: Runtime,
  loss: Loss,
  model: (provider: ExecutionProvider) => Uint8Array,
  settings: SessionSettings,
): Promise<Opened> {
  const { strict = false, sessionOptions = {} } = settings;
  const providers = providersOf(runtime, settings);
  const causes: string[] = [];
  for (const provider of providers) {
    try {
      return { session: await create(runtime, model(provider), provider, strict, sessionOptions), provider };
    } catch (error) {
      causes.push(
        `${nameOf(provider)} does not run here: ${firstLine(error)}${diagnose(nameOf(provider), error, strict)}`,
      );
    }
  }
  throw new FocalLossError(loss.name, [
    {
      field: 'executionProviders',
      got: `[${providers.map(nameOf).join(', ')}]`,
      takes: `at least one that runs. ${causes.join('. ')}`,
    },
  ]);
}

async function create(
  runtime: Runtime,
  model: Uint8Array,
  provider: ExecutionProvider,
  strict: boolean,
  given: Readonly<Record<string, unknown>>,
): Promise<RuntimeSession> {
  const options: Record<string, unknown> = { ...usual(provider), ...given, executionProviders: [provider] };
  if (strict && !isPlain(provider)) {
    const extra = (given.extra ?? {}) as { session?: object };
    options.extra = { ...extra, session: { ...extra.session, disable_cpu_ep_fallback: '1' } };
  }
  const how = plainText(options);
  return sharedSession(
    runtime,
    how && how + textOf(model),
    () => inTurn(runtime, () => runtime.InferenceSession.create(model, options)) as Promise<RuntimeSession>,
  );
}

/**
 * Our graphs are written without a node too many, so that on the processor there is nothing for ONNX Runtime to optimize: looking for
 * it takes a third of the time that a session takes to open, and runs are no faster.
 */
const usual = (provider: ExecutionProvider) => (isPlain(provider) ? { graphOptimizationLevel: 'disabled' } : {});

/** Options as text; undefined, if there is more to them than text can say. */
export function plainText(options: unknown): string | undefined {
  const isPlainData = (value: unknown): boolean =>
    typeof value === 'object' && value !== null
      ? (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) &&
        Object.values(value).every(isPlainData)
      : typeof value !== 'function' && typeof value !== 'symbol' && typeof value !== 'bigint';
  try {
    return isPlainData(options) ? JSON.stringify(options) : undefined;
  } catch {
    // A circle has no end.
    return undefined;
  }
}

/** onnxruntime-web names its settings for WebAssembly. */
export const isWeb = (runtime: Runtime) =>
  !('listSupportedBackends' in runtime) &&
  (runtime as { env?: { versions?: { web?: string } } }).env?.versions?.web !== undefined;

const isNode = () =>
  (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node !== undefined;
