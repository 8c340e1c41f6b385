import { FocalLossError, type Loss, type Problem } from '@focal-loss/core';
import { DOMAIN, type Index, operation } from './kernel.ts';
import { type Dimension, type Element, functionFields, functionProto, modelProto, type Port } from './model.ts';
import type { Bytes } from './protobuf.ts';
import { type Operations, reduce } from './reduce.ts';
import { type Precision, type Value, Writer } from './writer.ts';

/** The number formats of logits. */
export type Dtype = 'float16' | 'float32' | 'float64';

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
   * Of the logits, sizes or names. Default `['n']`, at a softmax `['rows', 'classes']`. More than 4096 classes should be
   * given as a number: a row is then added up as sums are.
   */
  readonly shape?: readonly Dimension[] | undefined;
}

/** The opsets that models are written in. */
export const OPSETS = { first: 13, last: 25, default: 17 } as const;

/** The number format that is computed in. */
export const precisionOf = (dtype: Dtype): Precision => (dtype === 'float64' ? 'float64' : 'float32');

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
  check(loss, options, modelChecks);
  return writeModel(loss, options);
}

/** {@link buildModel} without looking at the options. */
export function writeModel(loss: Loss, options: ModelOptions & Watch): Bytes {
  const { dtype = 'float32', opset = OPSETS.default, shape = defaultShape(loss) } = options;
  const precision = precisionOf(dtype);
  const w = new Writer(precision, opset, 'focal_loss/');
  const rows = loss.link === 'softmax' ? shape.slice(0, 1) : shape;
  const logits: Port = { name: 'logits', element: dtype, shape };
  const names = {
    logits: 'logits',
    targets: 'targets',
    weights: 'weights',
    normalizer: 'normalizer',
    value: 'value',
    grad: 'grad',
  };
  const { nodes, inputs, outputs, functions } = lossNodes(w, loss, options, logits, rows, names);
  return modelProto(
    loss.name,
    { nodes, inputs: [logits, ...inputs], outputs },
    functionFields(
      functions.map((definition) => functionProto(definition, opset)),
      DOMAIN,
    ),
    opset,
    `${loss.name}, reduction '${loss.reduction}'`,
  );
}

export const defaultShape = ({ link }: Loss): readonly Dimension[] =>
  link === 'softmax' ? ['rows', 'classes'] : ['n'];

/**
 * From so many classes on, if the shape names their number, a row is added up as sums are: float32 one after the other
 * is off by 1e-6 at 10,000 classes. Below it would cost a third of the time and gain nothing.
 */
export const MANY_CLASSES = 4096;

/** What inputs and outputs are called. */
export type Names = Readonly<Record<'logits' | 'targets' | 'weights' | 'normalizer' | 'value' | 'grad', string>>;

/** What only a graph has that somebody watches while it runs. */
export interface Watch {
  /** Whether there are outputs `least` and `largest`, of the targets. */
  readonly bounds?: boolean | undefined;
}

/** Writes the nodes of a loss behind `logits`, and says what inputs and outputs the graph gets by that. */
export function lossNodes(
  w: Writer,
  loss: Loss,
  {
    grad = false,
    weights = false,
    normalizer = false,
    index = 'int64',
    checked = true,
    accumulate = w.opset < 24 ? 'float64' : w.precision,
    bounds = false,
  }: GraphOptions & Watch,
  logits: Port,
  rows: readonly Dimension[],
  names: Names,
) {
  const port = (name: string, element: Element, shape: readonly Dimension[]): Port => ({ name, element, shape });
  const softmax = loss.link === 'softmax';
  const targets = port(names.targets, softmax ? index : w.precision, rows);
  const inputs = [
    targets,
    ...(weights ? [port(names.weights, w.precision, rows)] : []),
    ...(normalizer ? [port(names.normalizer, w.precision, [])] : []),
  ];

  const input: Value = { name: logits.name };
  const { precision, opset } = w;
  const wide = precision === 'float64' ? 'float64' : accumulate;
  const manyClasses = logits.shape.length === 2 && Number(logits.shape[1]) > MANY_CLASSES;
  const target = { precision, opset, index, accumulate: manyClasses ? wide : precision } as const;
  const operations: Operations = {
    value: operation(loss, 'value', target),
    grad: grad ? operation(loss, 'grad', target) : undefined,
  };
  const reduced = reduce(
    w,
    loss,
    operations,
    {
      logits: w.cast(input, w.precision, logits.element),
      targets: { name: targets.name },
      weights: weights ? { name: names.weights } : undefined,
      normalizer: normalizer ? { name: names.normalizer } : undefined,
    },
    { checked, index, accumulate: wide },
  );
  const results: Record<string, Value> = { [names.value]: reduced.value };
  const outputs = [port(names.value, w.precision, loss.reduction === 'none' ? rows : [])];
  if (reduced.grad !== undefined) {
    results[names.grad] = w.cast(reduced.grad, logits.element);
    outputs.push(port(names.grad, logits.element, logits.shape));
  }
  if (bounds) {
    results.least = w.node('ReduceMin', [{ name: targets.name }], { keepdims: { kind: 'int', value: 0 } });
    results.largest = w.node('ReduceMax', [{ name: targets.name }], { keepdims: { kind: 'int', value: 0 } });
    outputs.push(port('least', w.precision, []), port('largest', w.precision, []));
  }
  const functions = [operations.value, ...(operations.grad ? [operations.grad] : [])].map(
    ({ definition }) => definition,
  );
  return { nodes: w.finish(results), inputs, outputs, functions };
}

/** What an option takes, in words, and whether a value is that. */
export interface Check {
  readonly takes: string;
  readonly accepts: (got: unknown, loss: Loss) => boolean;
}

export const oneOf = (...words: readonly string[]): Check => ({
  takes: words.map((word) => `'${word}'`).join(' or '),
  accepts: (got) => words.includes(got as string),
});
const flag: Check = { takes: 'true or false', accepts: (got) => typeof got === 'boolean' };
const isSize = (size: unknown) =>
  (typeof size === 'number' && Number.isInteger(size) && size >= 0) || (typeof size === 'string' && size !== '');

/** The options of a graph. */
export const graphChecks: Readonly<Record<string, Check>> = {
  grad: flag,
  weights: flag,
  normalizer: flag,
  index: oneOf('int64', 'int32'),
  checked: flag,
  accumulate: oneOf('float32', 'float64'),
};

/** Sizes and names of dimensions. */
export const shapeCheck: Check = {
  takes: 'sizes or names of dimensions, for a softmax two: [rows, classes]',
  accepts: (got, { link }) => Array.isArray(got) && got.every(isSize) && (link === 'sigmoid' || got.length === 2),
};

/** The options of a model of its own. */
export const modelChecks: Readonly<Record<string, Check>> = {
  ...graphChecks,
  dtype: oneOf('float16', 'float32', 'float64'),
  opset: {
    takes: `an integer from ${OPSETS.first} to ${OPSETS.last}`,
    accepts: (got) => Number.isInteger(got) && Number(got) >= OPSETS.first && Number(got) <= OPSETS.last,
  },
  shape: shapeCheck,
};

/** @throws {@link FocalLossError} naming each option that is not what it takes, or unknown. */
export function check(loss: Loss, options: object, checks: Readonly<Record<string, Check>>): void {
  const problems: Problem[] = [];
  for (const [field, got] of Object.entries(options)) {
    if (got === undefined) continue;
    const known = checks[field];
    if (known === undefined) {
      problems.push({ field, got, takes: `nothing: the options are ${Object.keys(checks).join(', ')}` });
    } else if (!known.accepts(got, loss)) problems.push({ field, got, takes: known.takes });
  }
  const { normalizer } = options as GraphOptions;
  if (normalizer === true && loss.reduction !== 'mean') {
    problems.push({ field: 'normalizer', got: true, takes: `nothing beside reduction '${loss.reduction}'` });
  }
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);
}
