import type { Loss, Part } from '@focal-loss/core';
import type { Device, Dtype } from './compare.ts';

/** Numbers as a backend gets them: of float16 backends a Float32Array whose numbers float16 has too. */
export type Numbers = Float32Array | Float64Array;

/** One call of a backend. */
export interface Call {
  readonly loss: Loss;
  readonly logits: Numbers;
  /**
   * One per logit; at a softmax one class index per row, one place per row, or as many probabilities as logits. Empty where only the
   * posterior is asked for.
   */
  readonly targets: Numbers;
  /** Of the logits. At a softmax with the classes along `axis`. */
  readonly shape: readonly number[];
  /** Which axis has the classes; the last if absent. */
  readonly axis?: number;
  /** One per target, or as many as broadcast to the shape of the targets. */
  readonly weights?: Numbers;
  /** The shape of the weights, where it is neither that of the targets nor of their last axis. */
  readonly weightsShape?: readonly number[];
  /** Overrides the denominator of reduction `'mean'`. */
  readonly normalizer?: number;
  /**
   * The parts to answer with: `'value'`, with `'grad'` where that is wanted, or with both and `'hess'`; or `'posterior'` alone.
   * `...` leaves it out, so that the rest of a call is options: who changes a call and hands it on names it,
   * `{ ...call, wants: call.wants }`.
   */
  readonly wants: readonly Part[];
  /** Whether `'grad'` is among {@link wants}: for backends that know no other part. */
  readonly grad: boolean;
}

/** What a backend makes of a call. */
export interface Answer {
  /** The reduced loss, or for reduction `'none'` one per target, for `'example'` one per index of their first axis. */
  readonly value?: number | ArrayLike<number> | undefined;
  /** ∂(reduced value)/∂logits, as long as the logits; for `'none'` the elementwise derivative. */
  readonly grad?: ArrayLike<number> | undefined;
  /** The diagonal of ∂²(reduced value)/∂logits², as long as the logits. */
  readonly hess?: ArrayLike<number> | undefined;
  /** The probability that the minimum of the loss stands for, as long as the logits. */
  readonly posterior?: ArrayLike<number> | undefined;
}

/**
 * What a backend has. What every loss has needs no word: it is supported unless a backend says `false`. Options and parts
 * beyond that are tested where it says `true`. Whatever is left out is printed.
 */
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
  /** Softmax targets that are rows of probabilities, or places between classes. To be said, as all that follows down to `posterior`. */
  rowTargets?: boolean;
  /** The option `labelSmoothing`. */
  labelSmoothing?: boolean;
  /** Classes along any axis, of logits of any rank. */
  axis?: boolean;
  /** One α per class at a sigmoid. */
  classAlpha?: boolean;
  /** Weights that broadcast to the targets. */
  broadcastWeights?: boolean;
  /** Reduction `'example'`. */
  examples?: boolean;
  /** The part `'hess'`. */
  hess?: boolean;
  /** The part `'posterior'`, of the losses whose minimum tells it. */
  posterior?: boolean;
  /** Losses made by `defineLoss`. Without it operations cannot be tested one by one. */
  customLoss?: boolean;
  /** Logits that are NaN or infinite. */
  nonfinite?: boolean;
  /** Calls without a single logit. */
  empty?: boolean;
  /** The factories whose losses it knows: `['sigmoidFocal', 'softmaxFocal']`. All of them if absent. */
  losses?: readonly string[];
  /**
   * What becomes of a target that is neither in [0, 1] nor a class index, and of a weight that is negative or not a
   * number: an error that names its index, or, where a backend cannot look, NaN for that entry. Default `'throws'`.
   */
  badInput?: 'throws' | 'nan';
}

/** A feature a check can need. */
export type Feature = Exclude<keyof Supports, 'badInput' | 'losses'>;

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

/** What a backend has unless it says that it has not. */
export const defaults = [
  'softmax',
  'softLabels',
  'weights',
  'ignoreIndex',
  'normalizer',
  'customLoss',
  'nonfinite',
  'empty',
] as const satisfies readonly Feature[];

/** What a backend has only if it says so. */
export const extras = [
  'rowTargets',
  'labelSmoothing',
  'axis',
  'classAlpha',
  'broadcastWeights',
  'examples',
  'hess',
  'posterior',
] as const satisfies readonly Feature[];

/** `supports` of a backend that has all there is: `supports: { ...everything, badInput: 'nan' }`. */
export const everything: Supports = Object.freeze(Object.fromEntries(extras.map((feature) => [feature, true])));

/** What a check can need: a feature, or that a backend knows the losses of a factory. */
export type Need = Feature | `loss:${string}`;

/** Whether a backend does not have what a check needs. */
export function lacks({ supports = {} }: Backend, need: Need): boolean {
  if (isLoss(need)) return !(supports.losses?.includes(need.slice('loss:'.length)) ?? true);
  const feature = need;
  const extra = (extras as readonly Feature[]).includes(feature);
  return extra ? supports[feature] !== true : supports[feature] === false;
}

const isLoss = (need: Need): need is `loss:${string}` => need.startsWith('loss:');

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
