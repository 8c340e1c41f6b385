/**
 * Class indices in `model.fit` and `model.evaluate`, which take labels of the outputs' shape only.
 *
 * @module
 */
import { checkLoss, FocalLossError, type Loss } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { type CompileOptions, compile } from './compile.ts';

/**
 * Class indices repeated along the axis of the classes, so that they have the shape of the logits: labels for a model that was
 * compiled with {@link sparse}.
 *
 * @param labels Class indices (or places), of the logits' shape without the axis of the classes.
 * @param classes How many there are.
 * @param axis Of the classes in the result. Default −1.
 * @throws {@link FocalLossError} if `labels` are no tensor, `classes` is no number of classes or `axis` none of the result's.
 */
export function tiled(labels: tf.Tensor, classes: number, axis = -1): tf.Tensor {
  if (!(labels instanceof tf.Tensor)) {
    throw new FocalLossError('tiled', [{ field: 'labels', got: labels, takes: 'a tensor of class indices' }]);
  }
  const rank = labels.rank + 1;
  if (!(Number.isInteger(classes) && classes >= 1)) {
    throw new FocalLossError('tiled', [{ field: 'classes', got: classes, takes: 'a whole number ≥ 1' }]);
  }
  if (!(Number.isInteger(axis) && axis >= -rank && axis < rank)) {
    throw new FocalLossError('tiled', [
      { field: 'axis', got: axis, takes: `a whole number from ${-rank} to ${rank - 1}` },
    ]);
  }
  const at = axis < 0 ? rank + axis : axis;
  return tf.tidy(() => {
    const column = tf.expandDims(labels, at);
    return tf.tile(
      column,
      column.shape.map((_, i) => (i === at ? classes : 1)),
    );
  });
}

/**
 * A softmax loss for `model.compile` whose labels are class indices: repeated by {@link tiled} in `model.fit` and `model.evaluate`,
 * or as they are in `model.fitDataset`.
 *
 * @throws {@link FocalLossError} as `compile` does, or if the loss is one at a sigmoid.
 *
 * @example
 * ```ts
 * model.compile({ optimizer: 'adam', loss: sparse(softmaxFocal({ ignoreIndex: 255 })) });
 * await model.fit(images, tiled(masks, 21));
 * ```
 */
export function sparse(loss: Loss, options: CompileOptions = {}): (labels: tf.Tensor, logits: tf.Tensor) => tf.Tensor {
  checkLoss('sparse', loss);
  if (loss.link !== 'softmax') {
    throw new FocalLossError(loss.name, [{ field: 'loss', got: loss.name, takes: 'one at a softmax for sparse' }]);
  }
  const run = compile(loss, options);
  const { axis = -1 } = options;
  return (labels, logits) => tf.tidy(() => run(indicesOf(labels, logits, axis), logits));
}

/** Class indices, of the logits' shape without the axis of the classes. */
export function indicesOf(labels: tf.Tensor, logits: tf.Tensor, axis: number): tf.Tensor {
  const at = axis < 0 ? logits.rank + axis : axis;
  if (labels.rank < logits.rank) return labels;
  const first = labels.shape.map((size, i) => (i === at ? 1 : size));
  return tf.squeeze(
    tf.slice(
      labels,
      first.map(() => 0),
      first,
    ),
    [at],
  );
}

/** The class of each row: an index, or the largest of the row's labels. */
export function classesOf(labels: tf.Tensor, logits: tf.Tensor, axis: number, isSparse = false): tf.Tensor {
  const at = axis < 0 ? logits.rank + axis : axis;
  const areRows = !isSparse && labels.rank === logits.rank && labels.shape[at] === logits.shape[at];
  if (areRows) return tf.argMax(labels, at);
  return tf.cast(indicesOf(labels, logits, axis), 'int32');
}
