import { formats } from './ops.ts';
import type { GraphValue, Precision, Writer } from './writer.ts';

/** What stands for infinity: no difference of two numbers so large overflows. */
export const boundOf = (precision: Precision) => formats[precision].largest / 4;

/** A value moved into [least, most]. NaN stays NaN. */
export function clip(w: Writer, a: GraphValue, least: number, most: number): GraphValue {
  const [low, high] = [w.constant(least), w.constant(most)];
  // The CPU provider has no float64 Clip before opset 12.
  if (w.opset >= 12) return w.node('Clip', [a, low, high]);
  return w.node('Max', [w.node('Min', [a, high]), low]);
}

/** Times a factor, moved into [0, 1]: one operation where there is one. The CPU provider has it in float32, CUDA up to opset 21. */
export function stepOf(w: Writer, a: GraphValue, factor: number): GraphValue {
  if (w.precision === 'float64' || w.opset >= 22) return clip(w, w.node('Mul', [a, w.constant(factor)]), 0, 1);
  return w.node('HardSigmoid', [a], { alpha: { kind: 'float', value: factor }, beta: { kind: 'float', value: 0 } });
}

/** Logits of rows, none of them so large that a difference overflows. −∞ masks a class, and so does what it becomes. */
export function bounded(w: Writer, logits: GraphValue): GraphValue {
  const bound = boundOf(w.precision);
  return clip(w, logits, -bound, bound);
}

/** The largest along an axis. Undefined from opset 20 on, where ReduceMax was revised. */
export function reduceMax(w: Writer, a: GraphValue, axis: number, keep: boolean): GraphValue | undefined {
  const keepdims = { keepdims: { kind: 'int', value: keep ? 1 : 0 } } as const;
  return w.opset < 20 ? w.overAxes(18, 'ReduceMax', a, [axis], keepdims) : undefined;
}

/** The largest along an axis; from opset 20 on a number between it and the mean, which does as well. */
export function largestOf(w: Writer, a: GraphValue, axis: number, keep: boolean): GraphValue {
  const soft = () => w.node('Mul', [w.node('Softmax', [a], { axis: { kind: 'int', value: axis } }), a]);
  return reduceMax(w, a, axis, keep) ?? w.sum(soft(), { axis, keep });
}
