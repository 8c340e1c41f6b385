import type { Derivative, Loss } from '@focal-loss/core';
import { type Language, parametersOf, type ShaderParameter, scaleFunction } from '@focal-loss/shader';
import * as tf from '@tensorflow/tfjs-core';
import type { Call } from '../call.ts';
import type { Kernel } from '../kernel.ts';
import { classIndices, knownDivisor } from '../operands.ts';
import { divided, divisorOf } from '../reduce.ts';

/** The kernels' names in tfjs's registry, and in its profiles. */
export const NAMES = {
  sigmoid: 'FocalLossSigmoid',
  softmax: 'FocalLossSoftmax',
  sum: 'FocalLossSum',
  column: 'FocalLossColumn',
  spread: 'FocalLossSpread',
} as const;

/**
 * How entries lie in what `sigmoid` and `softmax` return: `plain` losses; `pairs` of loss and slope; or at a softmax
 * `rows` of loss, slope, and the largest and the sum of shares of the other logits. Where exactly is each backend's own.
 */
export type Layout = 'plain' | 'pairs' | 'rows';

export interface EntryAttributes {
  readonly loss: Loss;
  readonly rows: number;
  readonly classes: number;
  readonly wants: readonly Derivative[];
}

export interface SumAttributes {
  readonly layout: Layout;
  readonly rows: number;
}

export interface ColumnAttributes extends SumAttributes {
  /** 0: the losses. 1: the slopes, times the input `factor`, a scalar. */
  readonly column: 0 | 1;
}

export interface SpreadAttributes {
  readonly rows: number;
  readonly classes: number;
}

/** Whether losses come with their slopes, from which the gradient is made later. */
export const hasSlope = (wants: readonly Derivative[]): boolean => wants.includes('grad');

/** The numbers of a loss that its text leaves open: parameters, the factors of α, the ignored target. */
export const openNumbers = (language: Language, loss: Loss): readonly ShaderParameter[] =>
  // α of a softmax is one number a class, and an input.
  [...parametersOf(loss), ...scaleFunction(language, loss).params].filter(({ name }) => name !== 'alpha');

const run = (name: string, inputs: object, attributes: object): tf.Tensor =>
  tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap);

/** The sum of a vector, by a tree: float32, with no order of summation that loses digits. */
const deviceSum = (terms: tf.Tensor): tf.Tensor =>
  terms.size === 0 ? tf.scalar(0) : run(NAMES.sum, { terms }, { layout: 'plain', rows: terms.size });

/**
 * The kernel of backends whose tensors lie on a GPU. Nothing is read back, so bad labels and weights do not throw: the
 * loss and the gradient of their entries are NaN.
 */
export const device: Kernel = {
  forward(call: Call, wants) {
    const { loss, logits, weights, rows, classes } = call;
    const softmax = loss.link === 'softmax';
    if (rows === 0) return empty(call);
    const labels = call.oneHot ? classIndices(call.labels, classes) : call.labels;
    const alphas = Array.isArray(loss.alpha) ? tf.tensor1d(loss.alpha) : undefined;
    const inputs = {
      logits: softmax ? tf.reshape(logits, [rows * classes]) : logits,
      labels,
      ...(weights === undefined ? {} : { weights }),
      ...(alphas === undefined ? {} : { alphas }),
    };
    const attributes: EntryAttributes = { loss, rows, classes, wants };
    const entries = run(softmax ? NAMES.softmax : NAMES.sigmoid, inputs, attributes);
    const layout = layoutOf(loss, wants);
    if (loss.reduction === 'none') {
      const value = layout === 'plain' ? entries : run(NAMES.column, { entries }, { layout, rows, column: 0 });
      return { value, saved: hasSlope(wants) ? [entries] : [] };
    }
    const divisor = divisorOf({ ...call, labels, oneHot: false }, deviceSum);
    const value = divided(run(NAMES.sum, { terms: entries }, { layout, rows }), divisor);
    return { value, saved: hasSlope(wants) ? [entries, ...(typeof divisor === 'number' ? [] : [divisor])] : [] };
  },

  gradient(call: Call, [entries, measured], dy) {
    const { loss, logits, rows, classes } = call;
    if (rows === 0) return tf.zerosLike(logits);
    const factor = divided(dy, measured ?? (knownDivisor(call) as number));
    if (loss.link === 'softmax') {
      const labels = call.oneHot ? classIndices(call.labels, classes) : call.labels;
      const inputs = { logits: tf.reshape(logits, [rows * classes]), labels, entries, factor };
      return tf.reshape(run(NAMES.spread, inputs, { rows, classes }), [rows, classes]);
    }
    const each = loss.reduction === 'none';
    const attributes: ColumnAttributes = { layout: 'pairs', rows, column: 1 };
    const grad = run(NAMES.column, { entries, factor: each ? tf.scalar(1) : factor }, attributes);
    return each ? tf.mul(grad, factor) : grad;
  },
};

const layoutOf = ({ link }: Loss, wants: readonly Derivative[]): Layout =>
  !hasSlope(wants) ? 'plain' : link === 'softmax' ? 'rows' : 'pairs';

const empty = ({ loss }: Call) => ({ value: loss.reduction === 'none' ? tf.zeros([0]) : tf.scalar(0), saved: [] });

/** Registers one of these kernels for a backend. */
export function register<Attributes>(
  kernelName: string,
  backendName: string,
  kernel: (inputs: Record<string, tf.TensorInfo>, attributes: Attributes, backend: object) => tf.TensorInfo,
): void {
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) =>
      kernel(inputs as Record<string, tf.TensorInfo>, attrs as unknown as Attributes, backend as object),
  });
}

const texts = new WeakMap<Loss, Map<string, string>>();

/** A loss's program of one kind, written once. */
export function once(loss: Loss, kind: string, write: () => string): string {
  const known = texts.get(loss) ?? new Map<string, string>();
  texts.set(loss, known);
  const text = known.get(kind) ?? write();
  known.set(kind, text);
  return text;
}

/** Terms of one sum of the tree of sums. */
export const TERMS = 32;

/** A sum as a tree, in any language with functions and `+`. */
export function pairwise(terms: readonly string[]): string {
  if (terms.length === 1) return terms[0];
  const half = terms.length / 2;
  return `(${pairwise(terms.slice(0, half))} + ${pairwise(terms.slice(half))})`;
}
