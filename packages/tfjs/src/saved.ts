/**
 * The loss of a saved model. tfjs-layers saves losses by name and finds none but its own again; what it keeps unchanged is a model's
 * metadata.
 *
 * @module
 */
import { checkLoss, checkOptions, FocalLossError, type Loss, type LossData, lossFrom } from '@focal-loss/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type CompileOptions, compile, compileChecks, type TfLoss } from './compile.ts';
import { warnOnce } from './warn.ts';

/** Where in a model's metadata. */
const KEY = 'focalLoss';

/**
 * Writes a loss, and how it was compiled, into a model's metadata, which `model.save` saves. What else is there stays. A model that
 * was compiled with `metrics: ['accuracy']` beside a sigmoid loss of logits is warned of: that metric takes probabilities.
 *
 * @throws {@link FocalLossError} if `loss` is none, an option is bad, or the loss is of one's own and cannot be saved.
 *
 * @example
 * ```ts
 * rememberLoss(model, sigmoidFocal({ gamma: 2 }));
 * await model.save('indexeddb://detector');
 * ```
 */
export function rememberLoss(model: LayersModel, loss: Loss, options: CompileOptions = {}): void {
  checkModel('rememberLoss', model);
  checkLoss('rememberLoss', loss);
  const chosen = checkOptions(loss.name, options, compileChecks);
  const before = model.getUserDefinedMetadata() ?? {};
  // Plain objects only, says tfjs-layers.
  const plain = JSON.parse(JSON.stringify({ loss: loss.toJSON(), options: chosen }));
  model.setUserDefinedMetadata({ ...before, [KEY]: plain });
  if (loss.link === 'sigmoid' && chosen.fromLogits !== false) warnOfAccuracy(loss, model);
}

/** Only a model knows its metrics: one, a list, or for each output one of these. A loss sees tensors. */
function warnOfAccuracy(loss: Loss, model: LayersModel): void {
  // Undefined before `compile`.
  const metrics = model.metrics ?? [];
  const isByOutput = typeof metrics === 'object' && !Array.isArray(metrics);
  const named = (isByOutput ? Object.values(metrics) : [metrics]).flat();
  const name = ['accuracy', 'acc', 'binaryAccuracy'].find((each) => named.includes(each));
  if (name === undefined) return;
  warnOnce(
    `${loss.name}: the metric '${name}' of tfjs-layers takes probabilities, and the model ends in logits: it counts a logit of 0.3 as ` +
      'a no. Take binaryAccuracy() of @focal-loss/tfjs/layers.',
  );
}

/**
 * The loss that {@link rememberLoss} wrote, for `model.compile` of the loaded model.
 *
 * @throws {@link FocalLossError} if `model` is none, or has none.
 *
 * @example
 * ```ts
 * const model = await tf.loadLayersModel('indexeddb://detector');
 * model.compile({ optimizer: 'adam', loss: rememberedLoss(model).compiled });
 * ```
 */
export function rememberedLoss(model: LayersModel): { readonly loss: Loss; readonly compiled: TfLoss } {
  checkModel('rememberedLoss', model);
  const saved = (model.getUserDefinedMetadata() as Record<string, unknown> | undefined)?.[KEY] as
    | { readonly loss: LossData; readonly options: CompileOptions }
    | undefined;
  if (saved === undefined) {
    const takes = 'a model that rememberLoss was called for before it was saved';
    throw new FocalLossError('rememberedLoss', [{ field: 'model', got: model.name, takes }]);
  }
  const loss = lossFrom(saved.loss);
  return { loss, compiled: compile(loss, saved.options) };
}

function checkModel(where: string, model: unknown): void {
  if (typeof (model as Partial<LayersModel> | null | undefined)?.getUserDefinedMetadata === 'function') return;
  throw new FocalLossError(where, [{ field: 'model', got: model, takes: 'a model of tfjs-layers' }]);
}
