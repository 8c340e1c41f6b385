import {
  anything,
  type CallOptions,
  checkOptions,
  checkTold,
  type Derivative,
  denominatorFor,
  FocalLossError,
  flag,
  knownDenominator,
  type Loss,
  layout,
  layoutOfLogits,
  type PosteriorOptions,
  shapeOf,
  weightsOf,
} from '@focal-loss/core';
import { type Dimension, type Dtype, precisionOf } from '@focal-loss/onnx';
import { lane, type NumericArray, numeric } from './arrays.ts';
import { resultsOf, valueOfNothing } from './call.ts';
import type { RuntimeTensor } from './runtime.ts';
import type { Sessions } from './sessions.ts';
import { checkTensor, type DeviceTensor, isTensor, type Place } from './tensors.ts';
import { inTurn } from './turns.ts';

/** What can be passed beside logits that are a tensor on the GPU: their shape is that of the tensor. */
export interface DeviceOptions<T extends DeviceTensor = DeviceTensor>
  extends Omit<CallOptions, 'shape' | 'weights' | 'weightsShape'> {
  /** Weights ≥ 0: a tensor whose dims broadcast to those of the targets, or an array with one for each target. */
  readonly weights?: T | NumericArray | undefined;
}

/** On what such a call runs. */
export interface DeviceMachine extends Place {
  readonly sessions: Sessions;
  readonly dtype: Dtype;
  /** The axis of the classes, where the call does not say it. */
  readonly axis: number | undefined;
}

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/**
 * A call whose logits are a tensor on the GPU, in one run: nothing is cut into chunks, and nothing is read back but results that are
 * to go to the CPU. Targets and weights that are arrays are looked at as in any other call; of tensors, the graph makes what is
 * none NaN, and counts the denominator itself.
 *
 * @throws {@link FocalLossError} naming a bad tensor, or what any call refuses.
 */
export async function runOnDevice(
  loss: Loss,
  logits: DeviceTensor,
  targets: DeviceTensor | NumericArray,
  options: DeviceOptions,
  wants: readonly Derivative[],
  machine: DeviceMachine,
) {
  const { runtime, sessions, dtype } = machine;
  const precision = precisionOf(dtype);
  const Result = resultsOf(precision);
  const checks = { axis: anything, weights: anything, normalizer: anything };
  const { axis = machine.axis ?? -1, weights, normalizer } = checkOptions(loss.name, options, checks) as DeviceOptions;
  checkTensor(loss, 'logits', logits, dtype, machine);
  const shape = logits.dims;
  if (loss.link === 'softmax' && shape.length < 2) {
    const takes = 'a tensor of dims [rows, classes], or of more dimensions';
    throw new FocalLossError(loss.name, [{ field: 'logits', got: `a tensor of dims [${shape.join(', ')}]`, takes }]);
  }
  const { targetShape } = shapeOf(loss, product(shape), shape, axis);
  const element = loss.targets === 'class' && !isRows(targets, shape) ? 'int32' : precision;
  if (isTensor(targets)) {
    const rowsToo = loss.link === 'softmax' && loss.targets === 'class';
    checkTensor(loss, 'targets', targets, element, machine, [targetShape, ...(rowsToo ? [shape] : [])]);
  }
  if (isTensor(weights)) checkTensor(loss, 'weights', weights, precision, machine);

  // Of tensors, all that is known is how many numbers they have.
  const known = (of: DeviceTensor | NumericArray) => (isTensor(of) ? Array<number>(product(of.dims)) : numeric(of));
  const [own, given] = [known(targets), weights && known(weights)];
  const at = layout(loss, known(logits) as ArrayLike<number>, own, {
    shape,
    axis,
    weights: given,
    weightsShape: isTensor(weights) ? weights.dims : undefined,
    normalizer,
  });
  const isKnown = !isTensor(targets) && !isTensor(weights);
  const weighted = weights !== undefined;
  const plain = isTensor(weights) ? undefined : weightsOf(at, given);
  const counted = isKnown ? denominatorFor(loss, at, own, plain, normalizer) : undefined;
  const divisor = counted ?? knownDenominator(loss, at.rows, weighted, normalizer);
  if (product(shape) === 0) {
    const nothing = (part: Derivative) =>
      part === 'value' ? valueOfNothing(loss, precision, at.examples) : new Result(0);
    return Object.fromEntries(wants.map((part) => [part, nothing(part)]));
  }

  const rank = shape.length;
  const session = await sessions.of({
    wants,
    weights: weighted,
    classes: loss.link === 'softmax' ? at.classes : 1,
    targetRows: at.targetRows,
    device: {
      rank,
      axis: axis < 0 ? axis + rank : axis,
      graph: {
        normalizer: loss.reduction === 'mean' && divisor !== undefined,
        checked: !isKnown,
        weightsShape: isTensor(weights) ? broadcast(weights.dims, targetShape) : undefined,
      },
    },
  });
  const tensor = (type: string, data: object, dims: readonly number[]) =>
    new runtime.Tensor(type as never, data as never, dims) as object;
  const feed = (of: DeviceTensor | ArrayLike<number>, type: Dtype | 'int32', dims: readonly number[]) =>
    isTensor(of) ? of : tensor(type, lane(of, type, 0, of.length), dims);
  const feeds = {
    logits,
    targets: feed(isTensor(targets) ? targets : own, element, at.targetRows ? shape : targetShape),
    ...(weights && {
      weights: feed(isTensor(weights) ? weights : (plain as ArrayLike<number>), precision, targetShape),
    }),
    ...(loss.reduction === 'mean' &&
      divisor !== undefined && { normalizer: tensor(precision, Result.of(divisor), []) }),
  };
  const out = await inTurn(runtime, () => session.run(feeds));
  const single = loss.reduction === 'mean' || loss.reduction === 'sum';
  return Object.fromEntries(wants.map((part) => [part, resultOf(out[part], single && part === 'value')]));
}

/** {@link runOnDevice} for the probabilities that the minimum of a loss stands for. */
export async function posteriorOnDevice(
  loss: Loss,
  logits: DeviceTensor,
  options: Omit<PosteriorOptions, 'shape'>,
  { sessions, dtype, axis: usual = -1, ...place }: DeviceMachine,
) {
  checkTold(loss);
  const { axis = usual, logit } = checkOptions(loss.name, options, { axis: anything, logit: flag }) as PosteriorOptions;
  checkTensor(loss, 'logits', logits, dtype, place);
  const shape = logits.dims;
  const [rank, size] = [shape.length, product(shape)];
  const { classes } = layoutOfLogits(loss, Array<number>(size), { shape, axis });
  if (size === 0) return new (resultsOf(precisionOf(dtype)))(0);
  const wants = logit ? 'logit' : 'posterior';
  const device = { rank, axis: axis < 0 ? axis + rank : axis };
  const session = await sessions.of({ wants, weights: false, classes, targetRows: false, device });
  return resultOf((await inTurn(place.runtime, () => session.run({ logits }))).posterior, false);
}

/** Whether targets are as many as the logits. */
const isRows = (targets: DeviceTensor | NumericArray, shape: readonly number[]) =>
  (isTensor(targets) ? product(targets.dims) : targets.length) === product(shape);

/** Of dims that broadcast, each 1 or the name of the axis that it lies along. */
function broadcast(dims: readonly number[], entries: readonly number[]): readonly Dimension[] {
  return dims.map((size, i) => (size === 1 ? 1 : `entries_${entries.length - dims.length + i}`));
}

/** A result as the caller gets it: numbers that were read back, or the tensor that is still on the GPU. */
function resultOf(out: RuntimeTensor, isNumber: boolean) {
  if ((out as unknown as DeviceTensor).location === 'gpu-buffer') return out;
  return isNumber ? out.data[0] : out.data;
}
