import type { Loss } from '@focal-loss/core';
import { lossGraph, type Names } from './graph.ts';
import { type Dimension, functionFields, functionProto, modelProto, type Port } from './model.ts';
import { DOMAIN } from './operation.ts';
import type { LossGraphOptions } from './options.ts';
import type { Bytes } from './protobuf.ts';
import { type Precision, Writer } from './writer.ts';

/** The number formats of logits, and of tensors that runtimes in JavaScript take. */
export type Dtype = 'float16' | 'float32' | 'float64';

/** The number formats of logits in a model. */
export type LogitsDtype = Dtype | 'bfloat16';

/** What a model of its own has beside its graph. */
export interface LossModelOptions extends LossGraphOptions {
  /**
   * Of the logits, default `'float32'`. float64 models compute in float64, the others in float32: all but the logits of a float16
   * or bfloat16 model is float32, the gradient included, unless `gradDtype` says otherwise.
   */
  readonly dtype?: LogitsDtype | undefined;
  /** The version of ONNX's operations, 11 to 26. Default 17. Before 13 the loss is written as plain nodes, not as functions. */
  readonly opset?: number | undefined;
  /**
   * Of the logits, sizes or names. Default `['n']`, at a softmax `['rows', 'classes']`; a list of α says how many classes
   * there are. Many classes should be
   * given as a number: a row is then added up in halves and loses no digit (see `summedAtOnce`).
   */
  readonly shape?: readonly Dimension[] | undefined;
}

/** The opsets that models are written in. */
export const OPSETS = { first: 11, last: 26, default: 17 } as const;

/** The number format that is computed in. */
export const precisionOf = (dtype: LogitsDtype): Precision => (dtype === 'float64' ? 'float64' : 'float32');

/**
 * An ONNX model of a loss: inputs `logits`, `targets` and, if asked for, `weights` and `normalizer`; an output for each
 * part that is wanted. Options are taken as they are; `buildModel` of `@focal-loss/onnxruntime` looks at them first.
 *
 * @example
 * ```ts
 * await writeFile('loss.onnx', lossModel(sigmoidFocal({ gamma: 2 }), { wants: ['value', 'grad'] }));
 * ```
 */
export function lossModel(loss: Loss, options: LossModelOptions = {}): Bytes {
  const { dtype = 'float32', opset = OPSETS.default } = options;
  const { shape = usualShape(loss) } = options;
  const logits: Port = { name: 'logits', element: dtype, shape };
  const w = new Writer(precisionOf(dtype), opset, 'focal_loss/');
  const { nodes, inputs, outputs, functions } = lossGraph(w, loss, options, logits, ownNames);
  return modelProto(
    loss.name,
    { nodes, inputs: [logits, ...inputs], outputs },
    functionFields(
      functions.map((definition) => functionProto(definition, opset)),
      functions.length > 0 ? DOMAIN : undefined,
    ),
    opset,
    `${loss.name}, reduction '${loss.reduction}'`,
  );
}

/** The shape of logits of which nothing is said. */
export const usualShape = ({ link, alpha }: Loss): readonly Dimension[] =>
  link === 'softmax' ? ['rows', 'classes'] : typeof alpha === 'object' ? ['n', alpha.length] : ['n'];

/** What inputs and outputs of a model of its own are called. */
export const ownNames: Names = {
  logits: 'logits',
  targets: 'targets',
  weights: 'weights',
  normalizer: 'normalizer',
  value: 'value',
  grad: 'grad',
  hess: 'hess',
  topValues: 'topValues',
  topIndices: 'topIndices',
};
