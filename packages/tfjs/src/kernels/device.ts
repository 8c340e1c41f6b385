import type { Derivative, Loss } from '@focal-loss/core';
import {
  type Access,
  entryFunction,
  type Language,
  once,
  parametersOf,
  prelude,
  type ShaderParameter,
  SOFT_ROW,
  scaleFunction,
  softRowFunctions,
  softRowParameters,
} from '@focal-loss/shader';
import * as tf from '@tensorflow/tfjs-core';
import type { Call } from '../call.ts';
import type { Kernel } from '../kernel.ts';
import { classIndices, knownDivisor } from '../operands.ts';
import { divided, divisorOf } from '../reduce.ts';

/** The kernels' names in tfjs's registry, and in its profiles. */
export const NAMES = {
  sigmoid: 'FocalLossSigmoid',
  softmax: 'FocalLossSoftmax',
  softRows: 'FocalLossSoftRows',
  sum: 'FocalLossSum',
  column: 'FocalLossColumn',
  spread: 'FocalLossSpread',
  gather: 'FocalLossGather',
} as const;

/**
 * How entries lie in what `sigmoid`, `softmax` and `softRows` return: `plain` losses; `pairs` of loss and slope; at a softmax
 * `rows` of loss, slope, and the largest and the sum of shares of the other logits, or `softRows` of {@link SOFT_ROW}. Where exactly
 * is each backend's own.
 */
export type Layout = 'plain' | 'pairs' | 'rows' | 'softRows';

/** How many numbers an entry has in a layout. */
export const WIDTH: Readonly<Record<Layout, number>> = { plain: 1, pairs: 2, rows: 4, softRows: SOFT_ROW.length };

export interface EntryAttributes {
  readonly loss: Loss;
  readonly rows: number;
  readonly classes: number;
  readonly wants: readonly Derivative[];
  /** Whether labels are rows of probabilities. */
  readonly targetRows: boolean;
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

const run = (name: string, inputs: object, attributes: object): tf.Tensor =>
  tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap);

/** The sum of a vector, by a tree: float32, with no order of summation that loses digits. */
const deviceSum = (terms: tf.Tensor): tf.Tensor => run(NAMES.sum, { terms }, { layout: 'plain', rows: terms.size });

/**
 * The kernel of backends whose tensors lie on a GPU, for calls that are not empty. Nothing is read back, so bad labels and
 * weights do not throw: the loss and the gradient of their entries are NaN.
 */
export const device: Kernel = {
  forward(call: Call, wants) {
    const { loss, rows, classes } = call;
    const labels = call.oneHot ? classIndices(call.labels, classes) : call.labels;
    const entries = run(NAMES[kindOf(call)], inputsOf(call), attributesOf(call, wants));
    const layout = layoutOf(call, wants);
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
    const factor = divided(dy, measured ?? (knownDivisor(call) as number));
    if (kindOf(call) === 'softRows') {
      const inputs = { ...inputsOf(call), entries, factor };
      return tf.reshape(run(NAMES.gather, inputs, attributesOf(call, ['value', 'grad'])), [rows, classes]);
    }
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

/** Whether an entry with its label, or a row, tells all that a loss is made of. */
export const knowsEntry = ({ loss }: Call): boolean => loss.link === 'softmax' || typeof loss.alpha !== 'object';

/** Which kernel makes entries: at a softmax that of one class a row, or that of a probability for each class. */
const kindOf = ({ loss, targetRows }: Call) =>
  loss.link === 'sigmoid'
    ? 'sigmoid'
    : targetRows || loss.targets === 'place' || loss.labelSmoothing !== 0
      ? 'softRows'
      : 'softmax';

const layoutOf = (call: Call, wants: readonly Derivative[]): Layout =>
  !hasSlope(wants) ? 'plain' : ({ sigmoid: 'pairs', softmax: 'rows', softRows: 'softRows' } as const)[kindOf(call)];

const attributesOf = ({ loss, rows, classes, targetRows }: Call, wants: readonly Derivative[]): EntryAttributes => ({
  loss,
  rows,
  classes,
  wants,
  targetRows,
});

/** What kernels of entries read, each in one line. */
function inputsOf({ loss, logits, labels, oneHot, weights, classes }: Call) {
  return {
    logits: tf.reshape(logits, [logits.size]),
    labels: oneHot ? classIndices(labels, classes) : tf.reshape(labels, [labels.size]),
    ...(weights && { weights }),
    ...(Array.isArray(loss.alpha) && { alphas: tf.tensor1d(loss.alpha) }),
  };
}

/** What kernels read, by its name. */
export type Inputs = Readonly<Record<string, tf.TensorInfo>>;

type DeviceKernel<Attributes, Backend> = (inputs: Inputs, attributes: Attributes, backend: Backend) => tf.TensorInfo;

/** The kernels of a backend; `entries` is that of `sigmoid` and `softmax`. */
export interface DeviceKernels<Backend> {
  readonly entries: DeviceKernel<EntryAttributes, Backend>;
  readonly softRows: DeviceKernel<EntryAttributes, Backend>;
  readonly sum: DeviceKernel<SumAttributes, Backend>;
  readonly column: DeviceKernel<ColumnAttributes, Backend>;
  readonly spread: DeviceKernel<SpreadAttributes, Backend>;
  /** The gradient of soft rows. */
  readonly gather: DeviceKernel<EntryAttributes, Backend>;
}

/** Registers the kernels of a backend. */
export function registerDevice<Backend>(backendName: string, kernels: DeviceKernels<Backend>): void {
  const { entries, ...others } = kernels;
  for (const [key, kernel] of Object.entries({ sigmoid: entries, softmax: entries, ...others })) {
    tf.registerKernel({
      kernelName: NAMES[key as keyof typeof NAMES],
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => kernel(inputs as Inputs, attrs as never, backend as Backend),
    });
  }
}

/** Those of a kernel's inputs that a call has. */
export const present = (inputs: Readonly<Record<string, tf.TensorInfo | undefined>>): Inputs =>
  Object.fromEntries(Object.entries(inputs).flatMap(([name, info]) => (info === undefined ? [] : [[name, info]])));

/** Functions with the helpers that they call. */
export const withPrelude = (language: Language, ...parts: readonly string[]): string =>
  [prelude(language, parts.join('\n')), ...parts].join('\n\n');

/** `entry(i)`, which gives a loss as the {@link Layout} has it. */
export const entryText = (
  language: Language,
  { loss, wants }: EntryAttributes,
  weighted: boolean,
  access: Access,
): string =>
  once(loss, `tfjs ${language.name} ${wants} ${weighted}`, () =>
    withPrelude(language, entryFunction(language, loss, wants, weighted, access)),
  );

/** `softRow(i)`, and where slopes are wanted `slopeAt(row, i, j)`. */
export const softRowText = (
  language: Language,
  { loss, wants, targetRows }: EntryAttributes,
  weighted: boolean,
  access: Access,
): string =>
  once(loss, `tfjs soft ${language.name} ${wants} ${weighted} ${targetRows}`, () =>
    withPrelude(language, softRowFunctions(language, loss, wants, weighted, targetRows, access)),
  );

/** Sizes and parameters of a program: not in its text, so that one text serves all. */
export type Uniforms = Readonly<Record<string, { readonly type: 'float' | 'int'; readonly value: number }>>;

export const int = (value: number) => ({ type: 'int', value }) as const;

/** The numbers of a loss that its text leaves open: parameters, the factors of α, the ignored target. */
export const uniformsFor = (language: Language, loss: Loss): Uniforms =>
  // α of a softmax is one number a class, and an input.
  floats([...parametersOf(loss), ...scaleFunction(language, loss).params].filter(({ name }) => name !== 'alpha'));

/** Those of soft rows, and how many classes there are. */
export const uniformsForRows = (language: Language, loss: Loss, classes: number): Uniforms => ({
  ...floats(softRowParameters(language, loss)),
  classes: int(classes),
});

const floats = (params: readonly ShaderParameter[]): Uniforms =>
  Object.fromEntries(params.map(({ name, value }) => [name, { type: 'float', value }]));

/** Terms of one sum of the tree of sums. */
export const TERMS = 32;
