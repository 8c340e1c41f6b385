import type { TargetKind } from '@focal-loss/core';
import type { GraphValue, Precision } from './writer.ts';

/** The number format of class indices. */
export type Index = 'int32' | 'int64';

/** What the algebra of a call has to know of it. */
export interface Call {
  readonly link: 'sigmoid' | 'softmax';
  /** What a target is; of a row of probabilities each is one. */
  readonly targets: TargetKind | 'row';
  /** How many axes the logits have. */
  readonly rank: number;
  /** Which of them has the classes, from 0 on. */
  readonly axis: number;
  /** The logits, whatever their numbers: sizes are counted off them. */
  readonly logits: GraphValue;
  /** Of a softmax, the same with none so large that a difference overflows. */
  readonly bounded?: GraphValue | undefined;
  /** Whether a softmax's targets are class indices, and stay them: smoothed, they become rows. */
  readonly byIndex?: boolean | undefined;
  /** How many entries there are, where the graph is for no other number. */
  readonly entries?: number | undefined;
  /** The number format of class indices. */
  readonly index: Index;
  /** How many classes there are, where the graph is for no other number. */
  readonly classes?: number | undefined;
  /** Whether nothing is asked for but the value. */
  readonly valueAlone?: boolean | undefined;
  /** Whether a sigmoid is computed at |x|, and the label turned where x < 0. */
  readonly turns?: boolean | undefined;
  /**
   * The number format of sums over all entries. ONNX Runtime's CPU provider adds one after the other: in float32, 10⁷
   * losses come out wrong by 2e-4.
   */
  readonly accumulate: Precision;
  /** Up to how many classes a row is added up by the runtime, in float32. */
  readonly summedAtOnce?: number | undefined;
}
