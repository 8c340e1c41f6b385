import { type Derivative, evaluate, type Loss } from '@focal-loss/core';
import { attributesOf, fixed, type LossNumbers, referred, switchesOf } from './attributes.ts';
import { bounded } from './bounded.ts';
import type { Call } from './call.ts';
import type { Attribute, FunctionDefinition } from './model.ts';
import { tensorOps } from './tensorOps.ts';
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
 * What tells an operation from the plain one of its name, whose meaning somebody may have built in: where targets are rows or
 * the classes lie, and what its attributes do not say.
 */
function variant(loss: Loss, { targets, rank, axis }: Omit<Call, 'logits'>): string {
  const { link, labelSmoothing, params, alpha } = loss;
  const switched = Object.entries(switchesOf(loss)).filter(([name, usual]) => params[name] !== usual);
  const isElsewhere = (link === 'softmax' && (rank !== 2 || axis !== 1)) || (isList(alpha) && axis !== rank - 1);
  return [
    link === 'sigmoid' && isList(alpha) ? '_per_class' : '',
    targets === 'row' ? '_rows' : '',
    labelSmoothing === 0 ? '' : `_smoothed_${String(labelSmoothing).replace(/[^0-9a-z]/gi, '_')}`,
    ...switched.map(([name]) => `_${name}_${params[name]}`),
    isElsewhere ? `_axis_${axis}_of_${rank}` : '',
  ].join('');
}

const isList = (alpha: Loss['alpha']) => typeof alpha === 'object';

/**
 * The operation for the losses of single entries, or a derivative of them: α included, weights and reduction not. Inputs
 * `logits` and `targets`; at a softmax [rows, classes], and class indices [rows], places [rows] or rows of probabilities.
 */
export function operation(
  loss: Loss,
  part: Derivative,
  { precision, opset }: Pick<Writer, 'precision' | 'opset'>,
  call: Omit<Call, 'logits'>,
): Operation {
  const w = new Writer(precision, opset);
  const behind = call.rank - 1 - call.axis;
  const attributes = attributesOf(loss, precision, behind);
  const [logits, targets] = [{ name: 'logits' }, { name: 'targets' }];
  const made = written(w, loss, part, { ...call, logits }, targets, referred(w, loss, attributes, behind));
  return {
    definition: {
      domain: DOMAIN,
      name: operationName(loss, part) + variant(loss, call),
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
  written(w, loss, part, call, targets, fixed(w, loss, call.rank - 1 - call.axis));

/** The members whose value takes fewer nodes at |x|: of a label they do nothing but mix what both signs have. */
const TURNING: ReadonlySet<string | undefined> = new Set(['crossEntropy', 'focal', 'poly']);

function written(
  w: Writer,
  loss: Loss,
  part: Derivative,
  call: Call,
  targets: GraphValue,
  numbers: LossNumbers<GraphValue>,
): GraphValue {
  const logits = loss.link === 'softmax' ? bounded(w, call.logits) : call.logits;
  const turns = call.valueAlone && loss.link === 'sigmoid' && TURNING.has(loss.key);
  const o = tensorOps(w, { ...call, bounded: logits, turns });
  const targetRows = call.targets === 'row';
  const result = evaluate(o, loss, { logits, targets, targetRows, ...numbers }, [part])[part] as GraphValue;
  // A formula may be a constant, or the logit itself; an output is as long as the logits and made by a node.
  const zero = w.constant(0);
  const long = w.isUniform(result) ? w.node('Add', [w.node('Mul', [call.logits, zero]), result]) : result;
  return [call.logits, targets].some(({ name }) => name === long.name) ? w.node('Add', [long, zero]) : long;
}
