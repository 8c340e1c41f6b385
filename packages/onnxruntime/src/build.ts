import {
  type Check,
  type Checks,
  checkLoss,
  checkOptions,
  type Derivative,
  FocalLossError,
  flag,
  type Loss,
  oneOf,
} from '@focal-loss/core';
import {
  type Bytes,
  type Dimension,
  type Dtype,
  type Index,
  type LossGraphOptions,
  lossModel,
  OPSETS,
  type Precision,
} from '@focal-loss/onnx';

/** What a graph of a loss has beside the loss. */
export interface GraphOptions {
  /** Whether there is an output `grad`, ∂(reduced value)/∂logits. Default `false`. */
  readonly grad?: boolean | undefined;
  /** Whether there is an input `weights`: one finite weight ≥ 0 a target. Default `false`. */
  readonly weights?: boolean | undefined;
  /** Whether there is an input `normalizer`, a number that `'mean'` divides by instead of the loss's own. Default `false`. */
  readonly normalizer?: boolean | undefined;
  /** The number format of class indices. Default `'int64'`. */
  readonly index?: Index | undefined;
  /**
   * Whether targets outside [0, 1] and negative weights become NaN in the graph. `false` saves a few nodes where
   * somebody has looked at them before. Default `true`.
   */
  readonly checked?: boolean | undefined;
  /**
   * The number format that losses are added up in. In float32 the CPU provider loses digits from some ten thousand
   * entries on; CUDA and WebGPU add in a tree and lose none. Default `'float64'` up to opset 23 and `'float32'` from 24
   * on, where CUDA has no kernel for the Cast it takes. WebGPU has no float64 at all.
   */
  readonly accumulate?: Precision | undefined;
}

/** What a model of its own has beside that. */
export interface ModelOptions extends GraphOptions {
  /**
   * Of the logits, default `'float32'`. float64 models compute in float64, the others in float32; a float16 model has
   * logits and gradient in float16 and everything else in float32.
   */
  readonly dtype?: Dtype | undefined;
  /** The version of ONNX's operations, 13 to 25. Default 17. */
  readonly opset?: number | undefined;
  /**
   * Of the logits, sizes or names. Default `['n']`, at a softmax `['rows', 'classes']`. More than 256 classes should be
   * given as a number: a row is then added up in halves and loses no digit.
   */
  readonly shape?: readonly Dimension[] | undefined;
}

/**
 * An ONNX model of a loss: inputs `logits`, `targets` and, if asked for, `weights` and `normalizer`; outputs `value`
 * and, if asked for, `grad`.
 *
 * The loss is one node, `SigmoidFocal` in the domain `focal.loss` or whatever its name is, and its gradient another; γ,
 * β and α are their attributes. What they mean is written in the same file, as functions of standard operations. Where
 * the runtime has an operation of that domain and name registered, it runs that instead.
 *
 * @throws {@link FocalLossError} naming each bad option.
 *
 * @example
 * ```ts
 * await writeFile('loss.onnx', buildModel(sigmoidFocal({ gamma: 2 }), { grad: true }));
 * ```
 */
export function buildModel(loss: Loss, options: ModelOptions = {}): Bytes {
  checkLoss('buildModel', loss);
  const { grad, ...given } = checkGraph(loss.name, loss, options, modelChecks(loss)) as ModelOptions;
  return lossModel(loss, { ...given, wants: wantsOf(grad) });
}

/** The parts that are outputs. */
export const wantsOf = (grad = false): readonly Derivative[] => (grad ? ['value', 'grad'] : ['value']);

/** The options of a graph. */
const graphChecks: Checks = {
  grad: flag,
  weights: flag,
  normalizer: flag,
  index: oneOf('int64', 'int32'),
  checked: flag,
  accumulate: oneOf('float32', 'float64'),
};

/** The number formats of logits. */
export const dtypeCheck: Check = oneOf('float16', 'float32', 'float64');

/** The versions of ONNX's operations. */
export const opsetCheck: Check = {
  takes: `an integer from ${OPSETS.first} to ${OPSETS.last}`,
  accepts: (got) => Number.isInteger(got) && Number(got) >= OPSETS.first && Number(got) <= OPSETS.last,
};

const isSize = (size: unknown) =>
  (typeof size === 'number' && Number.isInteger(size) && size >= 0) || (typeof size === 'string' && size !== '');

/** What graphs of a loss take, of whatever logits. */
export const logitsChecks = ({ link }: Loss): Checks => ({
  ...graphChecks,
  dtype: dtypeCheck,
  shape: {
    takes: 'sizes or names of dimensions, for a softmax two: [rows, classes]',
    accepts: (got) => Array.isArray(got) && Array.from(got).every(isSize) && (link === 'sigmoid' || got.length === 2),
  },
});

const modelChecks = (loss: Loss): Checks => ({ ...logitsChecks(loss), opset: opsetCheck });

/**
 * Looks at the options of a graph.
 *
 * @throws {@link FocalLossError} naming each option that is not what it takes, or unknown.
 */
export function checkGraph(where: string, loss: Loss, options: unknown, checks: Checks): LossGraphOptions {
  const given = checkOptions(where, options, checks);
  if (given.normalizer === true && loss.reduction !== 'mean') {
    const takes = `nothing beside reduction '${loss.reduction}'`;
    throw new FocalLossError(where, [{ field: 'normalizer', got: true, takes }]);
  }
  return given as LossGraphOptions;
}
