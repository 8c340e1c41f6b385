import { checkTold, type Loss, posteriorLogits } from '@focal-loss/core';
import { fixed } from './attributes.ts';
import type { Call } from './call.ts';
import type { LossGraph } from './graph.ts';
import { type LossModelOptions, OPSETS, precisionOf, usualShape } from './lossModel.ts';
import { modelProto, type Port } from './model.ts';
import { nodeOps } from './ops.ts';
import type { LossGraphOptions } from './options.ts';
import { type Bytes, concat } from './protobuf.ts';
import { placeOf } from './sizes.ts';
import { tensorOps } from './tensorOps.ts';
import { type GraphValue, type Precision, Writer } from './writer.ts';

/** What a graph of a posterior has beside the loss. */
export interface PosteriorGraphOptions extends Pick<LossGraphOptions, 'axis'> {
  /** The number format that is computed in. Default `'float64'` up to opset 23, as for sums. WebGPU has no float64. */
  readonly accumulate?: Precision | undefined;
  /** Whether the output is log(η/(1−η)), at a softmax log η, instead of the probability η. Default `false`. */
  readonly logit?: boolean | undefined;
}

/** Logits beyond stand for all that are larger: parameters times a logit are numbers. */
const FAR = { float32: 2 ** 90, float64: 2 ** 900 } as const;

/**
 * Writes the nodes of core's `posteriorLogits` behind `logits`: the probabilities that the minimum of a loss stands for, laid out as the
 * logits. The numbers of the loss are constants.
 *
 * @throws {@link FocalLossError} with the reason, of a loss whose minimum does not tell a probability.
 */
export function posteriorGraph(
  w: Writer,
  loss: Loss,
  { axis = -1, accumulate = w.opset < 24 ? 'float64' : w.precision, logit = false }: PosteriorGraphOptions,
  logits: Port,
  name: string,
): LossGraph {
  checkTold(loss);
  const at = placeOf(axis, logits);
  const exact = w.in(w.precision === 'float64' ? w.precision : accumulate);
  const read = exact.cast({ name: logits.name }, exact.precision, logits.element);
  const far = exact.constant(FAR[exact.precision]);
  const minusFar = exact.constant(-FAR[exact.precision]);
  const near = exact.node('Max', [exact.node('Min', [read, far]), minusFar]);
  const size = logits.shape[at.axis];
  const softmax = loss.link === 'softmax';
  const call: Call = {
    link: loss.link,
    targets: loss.targets,
    ...at,
    logits: read,
    index: 'int32',
    classes: softmax && typeof size === 'number' ? size : undefined,
    accumulate: exact.precision,
  };
  const o = tensorOps(exact, call);
  const { alpha } = fixed(exact, loss, at.rank - 1 - at.axis);
  const odds = posteriorLogits(o, loss, { logits: near, ...(typeof loss.alpha === 'object' && { alpha }) });
  const wanted: GraphValue = logit ? odds : softmax ? o.exp(odds) : nodeOps(exact).sigmoid(odds);
  // One number for all, as of a formula that is a line.
  const zero = exact.constant(0);
  const made = exact.isUniform(wanted) ? exact.node('Add', [exact.node('Mul', [near, zero]), wanted]) : wanted;
  const output: Port = { name, element: w.precision, shape: logits.shape };
  const result = exact.cast(made, w.precision, exact.precision);
  return { nodes: w.finish({ [name]: result }), inputs: [], outputs: [output], functions: [] };
}

/**
 * An ONNX model with an input `logits` and an output `posterior`; see {@link posteriorGraph}. float16 models have float32
 * probabilities.
 *
 * @throws {@link FocalLossError} as `posteriorGraph` does.
 */
export function posteriorModel(
  loss: Loss,
  options: PosteriorGraphOptions & Pick<LossModelOptions, 'dtype' | 'opset' | 'shape'> = {},
): Bytes {
  const { dtype = 'float32', opset = OPSETS.default, shape = usualShape(loss) } = options;
  const logits: Port = { name: 'logits', element: dtype, shape };
  const w = new Writer(precisionOf(dtype), opset, 'focal_loss/');
  const { nodes, outputs } = posteriorGraph(w, loss, options, logits, 'posterior');
  return modelProto(loss.name, { nodes, inputs: [logits], outputs }, concat(), opset, `${loss.name}, posterior`);
}
