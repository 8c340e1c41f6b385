/**
 * For models of tfjs-layers: the prior-bias initializer, a layer of probabilities, metrics, and losses for class weights, for class
 * indices and for saved models.
 * Importing this module registers the initializer and the layer, so that saved models that have them can be loaded.
 *
 * @module
 */
import {
  checkLoss,
  checkOptions,
  FocalLossError,
  flag,
  type Loss,
  type LossData,
  lossFrom,
  priorBias,
  softmaxPriorBias,
} from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { axisCheck, type CompileOptions, compile, type TfLoss } from './compile.ts';
import { onDevice } from './kernels/onDevice.ts';
import { onHost } from './kernels/onHost.ts';
import { posterior } from './parts.ts';

onHost();
onDevice();

export * from './metrics.ts';
export { rememberedLoss, rememberLoss } from './saved.ts';
export { sparse, tiled } from './sparse.ts';

/** How often an object is expected where nothing is known yet. */
export interface PriorBiasArgs {
  /** A probability in (0, 1); 0.01 in the paper. */
  readonly pi: number;
  /** For a softmax layer: the index of the background class. Without it the layer is one of sigmoids. */
  readonly background?: number | undefined;
}

const PRIOR_BIAS = {
  // `priorBias` says what it takes.
  pi: { takes: 'a number in (0, 1)', accepts: () => true },
  background: { takes: 'a class index', accepts: (got: unknown) => Number.isInteger(got) && (got as number) >= 0 },
};

/** What tfjs-layers calls an initializer; it does not export the class itself. */
type Initializer = ReturnType<typeof initializers.zeros>;
const Base = Object.getPrototypeOf(initializers.zeros().constructor) as new () => Initializer;

/** Biases that make a new model say "object" with probability π, paper §4.1. See {@link priorBiasInitializer}. */
export class PriorBias extends Base {
  /** @nocollapse */
  static readonly className = 'FocalLossPriorBias';
  private readonly args: PriorBiasArgs;

  constructor(args: PriorBiasArgs) {
    super();
    priorBias(args?.pi);
    this.args = args;
  }

  /** Only asked for by a tfjs-layers to which this is no initializer: a copy other than the one that it was made with. */
  get className(): never {
    const takes =
      'the copy that @focal-loss/tfjs has, and no second one beside it (npm ls @tensorflow/tfjs-layers shows both)';
    throw new FocalLossError('priorBiasInitializer', [
      { field: '@tensorflow/tfjs-layers', got: 'another copy', takes },
    ]);
  }

  /** A bias vector: [outputs]. */
  override apply(shape: number[]): tf.Tensor {
    const { pi, background } = this.args;
    if (background === undefined) return tf.fill(shape, priorBias(pi));
    const [outputs] = shape;
    if (shape.length !== 1 || !Number.isInteger(background) || background < 0 || background >= outputs) {
      const takes = `the index of one of the layer's ${outputs} outputs`;
      throw new FocalLossError('priorBiasInitializer', [{ field: 'background', got: background, takes }]);
    }
    const biases = new Float32Array(outputs);
    biases[background] = softmaxPriorBias(pi, outputs - 1);
    return tf.tensor1d(biases);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { pi, background } = this.args;
    return background === undefined ? { pi } : { pi, background };
  }
}
tf.serialization.registerClass(PriorBias as never);

/**
 * The bias initializer of the last layer of a detector: its outputs say "object" with probability π before training, so
 * that the many negatives do not drown the first steps.
 *
 * @example
 * ```ts
 * tf.layers.dense({ units: 1, biasInitializer: priorBiasInitializer({ pi: 0.01 }) });
 * ```
 *
 * @throws {@link FocalLossError} if an argument is unknown or π is no probability in (0, 1), or, when the layer is built,
 *   `background` is none of its outputs.
 */
export const priorBiasInitializer = (args: PriorBiasArgs): PriorBias =>
  // Not in the constructor, to which tfjs-layers passes more when it loads a model.
  new PriorBias(checkOptions('priorBiasInitializer', args, PRIOR_BIAS) as unknown as PriorBiasArgs);

/** What a layer of probabilities is made of. */
export interface PosteriorArgs {
  /** The loss that the logits were trained with, or that loss as data. */
  readonly loss: Loss | LossData;
  /** Which axis of the logits has the classes, the first being that of the batch. Default −1. */
  readonly axis?: number | undefined;
  /** Gives log(η/(1−η)) instead of η, at a softmax log η. Default `false`. */
  readonly logit?: boolean | undefined;
  /** A name for the layer. */
  readonly name?: string | undefined;
}

const POSTERIOR = {
  loss: { takes: 'a loss, or one as data', accepts: (got: unknown) => typeof got === 'object' && got !== null },
  axis: axisCheck,
  logit: flag,
};

/** What every layer of tfjs-layers takes. When it loads one, it adds `customObjects`. */
const OF_LAYERS = ['name', 'trainable', 'batchInputShape', 'batchSize', 'dtype', 'inputShape', 'inputDType'];

/**
 * A layer behind a model's logits: the probabilities that they stand for if the model was trained with this loss. It is saved and
 * loaded with the model, and has no gradient: a model is trained without it.
 *
 * @throws {@link FocalLossError} if an argument is bad, or with the reason why the loss's minimum tells no probability.
 *
 * @example
 * ```ts
 * const calibrated = tf.sequential({ layers: [...trained.layers, new Posterior({ loss: sigmoidFocal({ gamma: 2 }) })] });
 * ```
 */
export class Posterior extends layers.Layer {
  /** @nocollapse */
  static readonly className = 'FocalLossPosterior';
  private readonly loss: Loss;
  private readonly options: Pick<PosteriorArgs, 'axis' | 'logit'>;
  private readonly run: (logits: tf.Tensor) => tf.Tensor;

  constructor(args: PosteriorArgs) {
    const { loss, ...rest } = (args ?? {}) as PosteriorArgs & Record<string, unknown>;
    const entries = Object.entries(rest).filter(([key]) => key !== 'customObjects');
    super(Object.fromEntries(entries.filter(([key]) => OF_LAYERS.includes(key))));
    const own = Object.fromEntries(entries.filter(([key]) => !OF_LAYERS.includes(key)));
    const { axis, logit } = checkOptions('Posterior', { loss, ...own }, POSTERIOR) as Partial<PosteriorArgs>;
    this.loss =
      typeof (loss as Partial<Loss> | undefined)?.formula === 'function' ? (loss as Loss) : lossFrom(loss as LossData);
    this.options = { ...(axis !== undefined && { axis }), ...(logit !== undefined && { logit }) };
    this.run = posterior(this.loss, this.options);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return this.run(Array.isArray(inputs) ? inputs[0] : inputs);
  }

  override computeOutputShape<Shape>(inputShape: Shape): Shape {
    return inputShape;
  }

  /** @throws {@link FocalLossError} of a loss of one's own, which cannot be saved. */
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.options, loss: this.loss.toJSON() } as tf.serialization.ConfigDict;
  }
}
tf.serialization.registerClass(Posterior as never);

/**
 * A loss as a metric, which reports the number that the same loss reports, under the loss's name. tfjs-layers averages
 * metrics over batches by their size: for reduction `'mean'` by `'count'` that is the mean over all.
 */
export function metric(loss: Loss, options?: CompileOptions): (labels: tf.Tensor, logits: tf.Tensor) => tf.Tensor {
  checkLoss('metric', loss);
  const run = compile(loss, options);
  // tfjs-layers calls a metric by the name of its function.
  return Object.defineProperty((labels: tf.Tensor, logits: tf.Tensor): tf.Tensor => run(labels, logits), 'name', {
    value: loss.name,
  });
}

/**
 * A loss with one value an example, the mean over the example's other axes: what `classWeight` of `model.fit` multiplies.
 *
 * @param loss One with reduction `'none'`.
 * @throws {@link FocalLossError} if it has another: tfjs-layers would multiply the sum of a batch by each weight.
 */
export function perExample(
  loss: Loss<'none'>,
  options?: CompileOptions,
): (labels: tf.Tensor, logits: tf.Tensor) => tf.Tensor {
  checkLoss('perExample', loss);
  if (loss.reduction !== 'none') {
    throw new FocalLossError(loss.name, [{ field: 'reduction', got: loss.reduction, takes: "'none' for perExample" }]);
  }
  const run: TfLoss = compile(loss, options);
  return (labels, logits) => tf.tidy(() => meanOfExamples(run(labels, logits)));
}

function meanOfExamples(losses: tf.Tensor): tf.Tensor {
  if (losses.rank <= 1) return losses;
  // Of nothing the mean is 0; on WebAssembly tfjs leaves there what was in memory.
  if (losses.size === 0) return tf.zeros([losses.shape[0]]);
  return tf.mean(tf.reshape(losses, [losses.shape[0], -1]), 1);
}
