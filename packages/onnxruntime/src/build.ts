import {
  alphaProblems,
  type Check,
  type Checks,
  checkLoss,
  checkOptions,
  type Derivative,
  FocalLossError,
  flag,
  type Loss,
  oneOf,
  type Problem,
} from '@focal-loss/core';
import {
  type Bytes,
  type Dimension,
  type LossGraphOptions,
  type LossModelOptions,
  lossModel,
  OPSETS,
  posteriorModel,
  usualShape,
} from '@focal-loss/onnx';

/** What a graph of a loss has beside the loss. */
export interface GraphOptions extends Omit<LossGraphOptions, 'wants' | 'bounds' | 'inline' | 'sized' | 'existing'> {
  /** Whether there is an output `grad`, ∂(reduced value)/∂logits. Default `false`. */
  readonly grad?: boolean | undefined;
  /** Whether there is an output `hess`, the diagonal of ∂²(reduced value)/∂logits². Default `false`. */
  readonly hess?: boolean | undefined;
}

/** What a model of its own has beside that. */
export interface ModelOptions extends GraphOptions, Pick<LossModelOptions, 'dtype' | 'opset' | 'shape'> {
  /**
   * Whether the model is none of the loss, but tells the probabilities that the loss's minimum stands for: an input `logits`, an
   * output `posterior` as long. `'logit'`: log(η/(1−η)) instead, at a softmax log η. Default `false`.
   */
  readonly posterior?: boolean | 'logit' | undefined;
}

/**
 * An ONNX model of a loss: inputs `logits`, `targets` and, if asked for, `weights` and `normalizer`; outputs `value`
 * and, if asked for, `grad` and `hess`. Or, with `posterior`, of the probabilities that its minimum stands for.
 *
 * The loss is one node, `SigmoidFocal` in the domain `focal.loss` or whatever its name is, and its gradient another; γ,
 * β and α are their attributes. What they mean is written in the same file, as functions of standard operations. Where
 * the runtime has an operation of that domain and name registered, it runs that instead.
 *
 * @throws {@link FocalLossError} naming each bad option, or saying why a loss has no posterior.
 *
 * @example
 * ```ts
 * await writeFile('loss.onnx', buildModel(sigmoidFocal({ gamma: 2 }), { grad: true }));
 * ```
 */
export function buildModel(loss: Loss, options: ModelOptions = {}): Bytes {
  checkLoss('buildModel', loss);
  const given = checkGraph(loss.name, loss, options, modelChecks(loss)) as ModelOptions;
  const { grad, hess, posterior = false, ...graph } = given;
  const { shape = usualShape(loss), dtype, opset, axis, accumulate } = graph;
  checkShape(loss.name, loss, graph, shape);
  if (posterior === false) return lossModel(loss, { ...graph, wants: wantsOf(grad, hess) });
  const problems = Object.entries(given).flatMap(([field, got]) =>
    ofLoss.includes(field) && got !== undefined && got !== false
      ? [{ field, got, takes: 'nothing beside posterior' }]
      : [],
  );
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);
  return posteriorModel(loss, { shape, dtype, opset, axis, accumulate, logit: posterior === 'logit' });
}

/** What a posterior has nothing of. */
const ofLoss = [
  'grad',
  'hess',
  'weights',
  'weightsShape',
  'normalizer',
  'targets',
  'index',
  'checked',
  'summedAtOnce',
  'gradDtype',
  'topK',
];

/** The parts that are outputs. */
export const wantsOf = (grad = false, hess = false): readonly Derivative[] => [
  'value',
  ...(grad ? (['grad'] as const) : []),
  ...(hess ? (['hess'] as const) : []),
];

/** The options of a graph. */
const graphChecks: Checks = {
  grad: flag,
  hess: flag,
  weights: flag,
  weightsShape: { takes: 'sizes or names of dimensions', accepts: (got) => isSizes(got) },
  normalizer: flag,
  axis: { takes: 'a whole number', accepts: Number.isInteger },
  targets: oneOf('entries', 'rows'),
  index: oneOf('int64', 'int32'),
  checked: flag,
  accumulate: oneOf('float32', 'float64'),
  summedAtOnce: { takes: 'a whole number > 0', accepts: (got) => Number.isInteger(got) && Number(got) > 0 },
  topK: {
    takes: 'a whole number > 0',
    accepts: (got) => Number.isInteger(got) && Number(got) > 0 && Number(got) < 2 ** 31,
  },
  gradDtype: oneOf('float16', 'bfloat16', 'float32', 'float64'),
};

/** The number formats of logits that come from JavaScript. */
export const dtypeCheck: Check = oneOf('float16', 'float32', 'float64');
/** The number formats of logits in a model. */
const inModel: Check = oneOf('float16', 'bfloat16', 'float32', 'float64');

/** The versions of ONNX's operations. */
export const opsetCheck: Check = {
  takes: `an integer from ${OPSETS.first} to ${OPSETS.last}`,
  accepts: (got) => Number.isInteger(got) && Number(got) >= OPSETS.first && Number(got) <= OPSETS.last,
};

const isSize = (size: unknown) =>
  (typeof size === 'number' && Number.isInteger(size) && size >= 0) || (typeof size === 'string' && size !== '');

const isSizes = (got: unknown): got is readonly Dimension[] => Array.isArray(got) && Array.from(got).every(isSize);

/** What graphs of a loss take, of whatever logits. */
export const logitsChecks = ({ link }: Loss): Checks => ({
  ...graphChecks,
  dtype: inModel,
  shape: {
    takes: 'sizes or names of dimensions; a softmax loss takes at least two: [rows, classes]',
    accepts: (got) => isSizes(got) && (link === 'sigmoid' || got.length >= 2),
  },
});

const modelChecks = (loss: Loss): Checks => ({
  ...logitsChecks(loss),
  opset: opsetCheck,
  posterior: { takes: "true, false or 'logit'", accepts: (got) => typeof got === 'boolean' || got === 'logit' },
});

/**
 * Looks at the options of a graph.
 *
 * @throws {@link FocalLossError} naming each option that is not what it takes, or unknown.
 */
export function checkGraph(where: string, loss: Loss, options: unknown, checks: Checks): LossGraphOptions {
  const given = checkOptions(where, options, checks);
  if (given.normalizer === true && loss.reduction !== 'mean') {
    const takes = `nothing with reduction '${loss.reduction}'`;
    throw new FocalLossError(where, [{ field: 'normalizer', got: true, takes }]);
  }
  return given as LossGraphOptions;
}

/**
 * Looks at what depends on the logits' shape.
 *
 * @throws {@link FocalLossError} naming axis, targets, weightsShape or alpha.
 */
export function checkShape(
  where: string,
  loss: Loss,
  {
    axis: given,
    targets,
    weights,
    weightsShape,
  }: Pick<LossGraphOptions, 'axis' | 'targets' | 'weights' | 'weightsShape'>,
  shape: readonly Dimension[],
): void {
  const rank = shape.length;
  const axis = given ?? -1;
  const problems: Problem[] = [];
  const bad = (field: string, got: unknown, takes: string) => problems.push({ field, got, takes });
  if (rank === 0 && given !== undefined) bad('axis', axis, 'nothing: a shape of no axes has none');
  if (rank > 0 && (axis < -rank || axis >= rank)) bad('axis', axis, `a whole number from ${-rank} to ${rank - 1}`);
  const at = axis < 0 ? rank + axis : axis;
  const size = shape[at];
  if (typeof size === 'number') problems.push(...alphaProblems(loss, size));
  else if (typeof loss.alpha === 'object' && rank === 0) bad('shape', shape, 'an axis of classes: alpha is a list');
  if (loss.link === 'softmax' && typeof size === 'number' && size < 2) {
    bad('shape', shape, `at least 2 classes, along axis ${axis}`);
  }
  if (targets === 'rows' && loss.targets !== 'class') bad('targets', targets, "'entries': this loss has no classes");
  else if (targets === 'rows' && loss.ignoreIndex !== undefined) {
    bad('targets', targets, `'entries' with ignoreIndex ${loss.ignoreIndex}: rows are left out by a weight of 0`);
  }
  if (weightsShape !== undefined) {
    const entries = loss.link === 'softmax' ? shape.filter((_, i) => i !== at) : shape;
    const own = weightsShape.map((one, i) => [one, entries[entries.length - weightsShape.length + i]] as const);
    const fits = own.every(([a, b]) => b !== undefined && (a === 1 || a === b || typeof a !== typeof b));
    if (weights !== true) bad('weightsShape', weightsShape, 'nothing without weights: true');
    else if (!fits) bad('weightsShape', weightsShape, `sizes that broadcast to [${entries}], those of the targets`);
  }
  if (problems.length > 0) throw new FocalLossError(where, problems);
}
