import { type Derivative, isByIndex, type Loss } from '@focal-loss/core';
import { type Dtype, type LossGraphOptions, lossModel, posteriorModel, SUMMED_AT_ONCE } from '@focal-loss/onnx';
import { boundsSuffice } from './call.ts';
import {
  type ExecutionProvider,
  isPlain,
  isWeb,
  nameOf,
  open,
  plainText,
  providersOf,
  type SessionSettings,
} from './providers.ts';
import type { Runtime, RuntimeSession } from './runtime.ts';
import type { PreferredOutputLocation } from './tensors.ts';

/** What tells the graphs of a loss apart. */
export interface Kind {
  /** Derivatives of a loss, or the probabilities that it stands for. */
  readonly wants: readonly Derivative[] | 'posterior' | 'logit';
  readonly weights: boolean;
  readonly classes: number;
  /** Whether targets are rows of probabilities. */
  readonly targetRows: boolean;
  /** Of tensors on the GPU, which come as they are: how many axes the logits have, the classes' from 0 on, and what the graph looks at. */
  readonly device?: {
    readonly rank: number;
    readonly axis: number;
    readonly graph?: Pick<LossGraphOptions, 'normalizer' | 'checked' | 'weightsShape'>;
  };
}

/** The sessions of a loss, one for each kind of call. */
export interface Sessions {
  readonly provider: ExecutionProvider;
  /** The session for a kind of call, opened when the first one comes. */
  of(kind: Kind): Promise<RuntimeSession>;
  /** Gives all of them back. */
  release(): Promise<void>;
}

/** Whether graphs for a provider tell the least and the largest target. */
export const tellsBounds = (loss: Loss, weighted: boolean, provider: ExecutionProvider) =>
  isPlain(provider) && boundsSuffice(loss, weighted);

/** Up to how many classes a row is left to a provider to add up; all of them, where it adds in a tree. */
function summedAtOnce(runtime: Runtime, loss: Loss, provider: ExecutionProvider, targetRows: boolean): number {
  if (!isPlain(provider)) return Infinity;
  // The processor is WebAssembly in onnxruntime-web, whatever the provider is called.
  if (isWeb(runtime) || nameOf(provider) === 'wasm') return SUMMED_AT_ONCE.inOrder;
  return isByIndex(loss, targetRows) ? SUMMED_AT_ONCE.byIndex : SUMMED_AT_ONCE.soft;
}

/** What sessions that opened have shown, for each runtime. */
const shown = new WeakMap<Runtime, Set<string>>();

/**
 * What one session shows for the next: alone in the list and on the processor, a provider that took one loss takes every other in the
 * same float, at the same opset, with the same settings. Elsewhere each loss has to show that no kernel is missing for it: undefined.
 */
function proofOf(form: object, provider: ExecutionProvider, alone: boolean, { sessionOptions }: SessionSettings) {
  return alone && isPlain(provider) ? plainText([form, provider, sessionOptions]) : undefined;
}

/**
 * Opens the first session, which shows which provider works; the others will be on the same. Where that has been seen, none is opened
 * before the first call: half of what a compiled loss costs that is only ever asked for its gradient.
 *
 * @throws {@link FocalLossError} saying for each provider why not.
 */
export async function openSessions(
  runtime: Runtime,
  loss: Loss,
  { dtype, opset }: { readonly dtype: Dtype; readonly opset: number | undefined },
  settings: SessionSettings,
  preferredOutputLocation?: PreferredOutputLocation | undefined,
): Promise<Sessions> {
  // Sums of examples are added up outside, as chunks know nothing of examples.
  const single: Loss = loss.reduction === 'example' ? { ...loss, reduction: 'none', normalizer: 'count' } : loss;
  const start = ({ wants, weights, classes, targetRows, device }: Kind, settings: SessionSettings) => {
    const model = (provider: ExecutionProvider) => {
      const { alpha, link } = loss;
      const accumulate = isPlain(provider) ? 'float64' : 'float32';
      const atOnce = summedAtOnce(runtime, loss, provider, targetRows);
      const place = device
        ? { shape: Array.from({ length: device.rank }, (_, i) => `d${i}`), axis: device.axis }
        : link === 'sigmoid' && typeof alpha === 'object'
          ? { shape: ['outer', alpha.length, 'inner'], axis: 1 }
          : { shape: classes > atOnce ? ['rows', classes] : undefined };
      if (typeof wants === 'string') {
        return posteriorModel(loss, { dtype, opset, accumulate, logit: wants === 'logit', ...place });
      }
      return lossModel(device ? loss : single, {
        dtype,
        opset,
        wants,
        weights,
        targets: targetRows ? 'rows' : 'entries',
        normalizer: loss.reduction === 'mean',
        index: 'int32',
        checked: false,
        sized: true,
        ...place,
        ...device?.graph,
        accumulate,
        summedAtOnce: atOnce,
        // Functions are for readers of a file; a session takes twice as long to open that has them.
        inline: true,
        bounds: device === undefined && tellsBounds(loss, weights, provider),
      });
    };
    if (device === undefined || preferredOutputLocation === undefined) return open(runtime, loss, model, settings);
    return open(runtime, loss, model, {
      ...settings,
      sessionOptions: { ...settings.sessionOptions, preferredOutputLocation },
    });
  };
  // Many classes are part of the graph.
  const keyOf = ({ wants, weights, targetRows, classes, device }: Kind, provider: ExecutionProvider) =>
    JSON.stringify([
      wants,
      weights,
      targetRows,
      classes > summedAtOnce(runtime, loss, provider, targetRows) ? classes : undefined,
      device,
    ]);

  const opened = new Map<string, Promise<RuntimeSession>>();
  const [candidate, ...others] = providersOf(runtime, settings);
  const proof = proofOf({ dtype, opset }, candidate, others.length === 0, settings);
  const proofs = shown.get(runtime) ?? new Set();
  const firstSession = async () => {
    const kind: Kind = { wants: ['value'], weights: false, classes: 0, targetRows: false };
    const { session, provider } = await start(kind, settings);
    opened.set(keyOf(kind, provider), Promise.resolve(session));
    if (proof !== undefined) shown.set(runtime, proofs.add(proof));
    return provider;
  };
  const provider = proof !== undefined && proofs.has(proof) ? candidate : await firstSession();
  return {
    provider,
    of(kind) {
      const key = keyOf(kind, provider);
      const known = opened.get(key);
      if (known !== undefined) return known;
      const made = start(kind, { ...settings, executionProviders: [provider] }).then(({ session }) => session);
      opened.set(key, made);
      // One that could not be opened is tried again.
      made.catch(() => opened.delete(key));
      return made;
    },
    async release() {
      const all = [...opened.values()];
      opened.clear();
      for (const one of all) await (await one).release();
    },
  };
}
