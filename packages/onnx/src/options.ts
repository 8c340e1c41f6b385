import type { Derivative } from '@focal-loss/core';
import type { Index } from './call.ts';
import type { Dimension, Element, Port } from './model.ts';
import type { Precision } from './writer.ts';

/** What a graph of a loss has beside the loss. */
export interface LossGraphOptions {
  /** The parts that are outputs. Default the value alone. */
  readonly wants?: readonly Derivative[] | undefined;
  /** Whether there is an input `weights`: one finite weight ≥ 0 a target. Default `false`. */
  readonly weights?: boolean | undefined;
  /**
   * Of the input `weights`, sizes or names, where it is not that of the targets: it broadcasts to it. Default: the targets'
   * own.
   */
  readonly weightsShape?: readonly Dimension[] | undefined;
  /** Which axis of the logits has the classes. From the end if negative. Default −1. */
  readonly axis?: number | undefined;
  /**
   * What the input `targets` holds: one entry each (labels, class indices or places, as the loss has them), or `'rows'` of
   * probabilities, floats of the logits' shape. Only for losses of classes. Default `'entries'`.
   */
  readonly targets?: 'entries' | 'rows' | undefined;
  /** Whether there is an input `normalizer`, a number that `'mean'` divides by instead of the loss's own. Default `false`. */
  readonly normalizer?: boolean | undefined;
  /** The number format of class indices. Default `'int64'`. */
  readonly index?: Index | undefined;
  /**
   * Whether targets outside [0, 1], negative weights and, as a whole, targets and weights of another size than the logits' become
   * NaN in the graph, if the runtime does not refuse them. `false` saves a few nodes where somebody has looked at them before.
   * Default `true`.
   */
  readonly checked?: boolean | undefined;
  /** Whether somebody has compared sizes before: then only numbers are looked at, where `checked`. Default `false`. */
  readonly sized?: boolean | undefined;
  /**
   * The number format that losses are added up in, and second derivatives computed. In float32 the CPU provider loses digits from some ten thousand
   * entries on; CUDA and WebGPU add in a tree and lose none. Default `'float64'` up to opset 23 and `'float32'` from 24
   * on, where CUDA has no kernel for the Cast it takes. WebGPU has no float64 at all.
   */
  readonly accumulate?: Precision | undefined;
  /**
   * Up to how many classes a row is left to the runtime to add up, in float32. Of more, where `shape` says how many they are, one half is
   * added to the other before. Default 256, of smoothed targets and rows 64, which is right where a runtime
   * adds in lanes or in a tree. ONNX Runtime on WebAssembly adds one after the other, and equal numbers lose half an ulp each: 16 there.
   */
  readonly summedAtOnce?: number | undefined;
  /**
   * The number format of `grad` and `hess`: float32 by default where the logits are narrower, and else theirs. In float16 nothing is
   * left below 3e-8: a mean over the logits of a detector gives most of them a smaller gradient.
   */
  readonly gradDtype?: Element | undefined;
  /**
   * How many of the hardest targets, or for reduction `'example'` examples, the outputs `topValues` and `topIndices` tell: their losses
   * (times weight, not divided), the largest first, and where they are, counted through all axes. All, if there are fewer. Default: no
   * such outputs.
   */
  readonly topK?: number | undefined;
  /**
   * Inputs that are in the graph already, by what they are for: they are read, in whatever number format, and not made. Sizes of which
   * the file does not say that they are the logits' are names.
   */
  readonly existing?: Readonly<Partial<Record<InputName, Port>>> | undefined;
  /** Whether there are outputs `least` and `largest`, of the targets: for somebody who watches the graph run. */
  readonly bounds?: boolean | undefined;
  /** Whether the loss is written as nodes of the graph instead of as operations with functions. Default `false`. */
  readonly inline?: boolean | undefined;
}

/** What a loss reads beside logits. */
export type InputName = 'targets' | 'weights' | 'normalizer';
