import { type Derivative, evaluate, type Loss } from '@focal-loss/core';
import { attributesOf, fixed, type LossNumbers, referred } from './attributes.ts';
import type { Attribute, FunctionDefinition } from './model.ts';
import { bounded, type Call, tensorOps } from './tensorOps.ts';
import { type GraphValue, Writer } from './writer.ts';

/** The domain of the operations that models call. */
export const DOMAIN = 'focal.loss';

/** An operation: what its nodes carry, and what it means. */
export interface Operation {
  readonly definition: FunctionDefinition;
  /** γ, β, α, … of the loss, as attributes of a node. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const suffixes: Readonly<Record<Derivative, string>> = { value: '', grad: 'Grad', hess: 'Hess' };

const computes: Readonly<Record<Derivative, string>> = {
  value: 'one loss a target',
  grad: 'the slope of each loss against its logits',
  hess: 'the second derivative of each loss against each of its logits',
};

/** `SigmoidFocal` or `SigmoidFocalGrad`. */
export function operationName({ name }: Loss, part: Derivative): string {
  const words = name.replace(/^[^A-Za-z]+/, '').split(/[^A-Za-z0-9]+/);
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return `${joined || 'Loss'}${suffixes[part]}`;
}

/**
 * The operation for the losses of single entries, or a derivative of them: α included, weights and reduction not. Inputs
 * `logits` and `targets`; at a softmax [rows, classes], and class indices [rows].
 */
export function operation(
  loss: Loss,
  part: Derivative,
  { precision, opset }: Pick<Writer, 'precision' | 'opset'>,
  call: Omit<Call, 'logits'>,
): Operation {
  const w = new Writer(precision, opset);
  const attributes = attributesOf(loss, precision);
  const [logits, targets] = [{ name: 'logits' }, { name: 'targets' }];
  const made = written(w, loss, part, { ...call, logits }, targets, referred(w, loss, attributes));
  return {
    definition: {
      domain: DOMAIN,
      name: operationName(loss, part),
      inputs: ['logits', 'targets'],
      outputs: [part],
      attributes: Object.keys(attributes),
      nodes: w.finish({ [part]: made }),
      doc: `${loss.name}: ${computes[part]}`,
    },
    attributes,
  };
}

/** The same as nodes of the graph itself, with the numbers of the loss as constants. */
export const inlined = (w: Writer, loss: Loss, part: Derivative, call: Call, targets: GraphValue): GraphValue =>
  written(w, loss, part, call, targets, fixed(w, loss));

function written(
  w: Writer,
  loss: Loss,
  part: Derivative,
  call: Call,
  targets: GraphValue,
  numbers: LossNumbers<GraphValue>,
): GraphValue {
  const o = tensorOps(w, call);
  const logits = loss.link === 'softmax' ? bounded(w, call.logits) : call.logits;
  const result = evaluate(o, loss, { logits, targets, ...numbers }, [part])[part] as GraphValue;
  // A formula may be a constant, or the logit itself; an output is as long as the logits and made by a node.
  const zero = w.constant(0);
  const long = w.isUniform(result) ? w.node('Add', [w.node('Mul', [call.logits, zero]), result]) : result;
  return [call.logits, targets].some(({ name }) => name === long.name) ? w.node('Add', [long, zero]) : long;
}
