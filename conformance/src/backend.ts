import type { Loss, Part } from '@focal-loss/core';
import type { Device, Dtype } from './compare.ts';

/** Numbers as a backend gets them: of float16 backends a Float32Array whose numbers float16 has too. */
export type Numbers = Float32Array | Float64Array;

/** One call of a backend. */
export interface Call {
  readonly loss: Loss;
  readonly logits: Numbers;
  /** As many as logits; at a softmax one class index a row. */
  readonly targets: Numbers;
  /** Of the logits. At a softmax [rows, classes]. */
  readonly shape: readonly number[];
  readonly weights?: Numbers;
  /** Overrides the denominator of reduction `'mean'`. */
  readonly normalizer?: number;
  /** The parts to answer with: always `'value'`, and `'grad'` where the gradient is wanted. */
  readonly wants: readonly Part[];
  /** Whether `'grad'` is among {@link wants}: for backends that know no other part. */
  readonly grad: boolean;
}

/** What a backend makes of a call. */
export interface Answer {
  /** The reduced loss, or for reduction `'none'` one a target. */
  readonly value: number | ArrayLike<number>;
  /** ∂(reduced value)/∂logits, as long as the logits; for `'none'` the elementwise derivative. */
  readonly grad?: ArrayLike<number> | undefined;
}

/** What a backend may leave out. Everything is supported unless it says `false`, and every `false` is printed. */
export interface Supports {
  /** Losses of rows of logits. */
  softmax?: boolean;
  /** Targets between 0 and 1. */
  softLabels?: boolean;
  /** One weight a target. */
  weights?: boolean;
  /** The option `ignoreIndex`. */
  ignoreIndex?: boolean;
  /** A denominator given at the call. */
  normalizer?: boolean;
  /** Losses made by `defineLoss`. Without it operations cannot be tested one by one. */
  customLoss?: boolean;
  /** Logits that are NaN or infinite. */
  nonfinite?: boolean;
  /** Calls without a single logit. */
  empty?: boolean;
  /**
   * What becomes of a target that is neither in [0, 1] nor a class index, and of a weight that is negative or not a
   * number: an error that names its index, or, where a backend cannot look, NaN for that entry. Default `'throws'`.
   */
  badInput?: 'throws' | 'nan';
}

/** A feature a check can need. */
export type Feature = Exclude<keyof Supports, 'badInput'>;

/** A failure that is known: it is printed with its reason and does not fail the run. That it passes, does. */
export interface ExpectedFailure {
  /** Clauses it may happen in, `*` standing for anything. */
  readonly clause?: string;
  /** Checks it may happen in, `*` standing for anything. */
  readonly case?: string;
  /** Why, for whoever reads the report. */
  readonly reason: string;
}

/** An implementation of the losses, as the suite sees it. */
export interface Backend {
  /** Appears in reports: `'typed-array float32'`. */
  readonly name: string;
  readonly dtype: Dtype;
  /** The row of the table of allowances. Default `'cpu'`. */
  readonly device?: Device;
  readonly supports?: Supports;
  /**
   * The most logits it is given at once. Sums are tested on 10⁷ terms, which a slow backend may find too many; a
   * smaller number is printed.
   */
  readonly largest?: number;
  /** What is known to fail, and why. */
  readonly xfail?: readonly ExpectedFailure[];
  /**
   * How many things the backend holds now that it would have to give back: tensors, buffers, sessions. With it the
   * suite can tell whether calls leak, and whether `close` gives everything back.
   */
  readonly resources?: () => number | Promise<number>;
  /** What it turned out to run on, for the report: `{ adapter: 'Apple M2' }`. Asked before the first check. */
  readonly runtime?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Says why the backend cannot run on this machine, if it cannot. */
  readonly unavailable?: () => string | undefined | Promise<string | undefined>;
  /** Must answer calls that overlap in time, each with its own numbers. */
  readonly evaluate: (call: Call) => Answer | Promise<Answer>;
  /** Called once, after the last check. */
  readonly close?: () => void | Promise<void>;
}

/** Whether a backend says it does not have a feature. */
export function lacks({ supports = {} }: Backend, feature: Feature): boolean {
  return supports[feature] === false;
}

/**
 * Types a backend where it is written down.
 *
 * @example
 * ```ts
 * export default defineBackend({
 *   name: 'mine',
 *   dtype: 'float32',
 *   supports: { softmax: false },
 *   evaluate: ({ loss, logits, targets, weights, grad }) => myLoss(loss, logits, targets, weights, grad),
 * });
 * ```
 */
export function defineBackend(backend: Backend): Backend {
  return backend;
}
