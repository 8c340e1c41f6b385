/** Calls that ended in an error of tfjs, or in a number: what was passed is named instead. */
import { FocalLossError, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile, posterior } from '@focal-loss/tfjs';
import * as layers from '@focal-loss/tfjs/layers';
import { beforeAll, expect, test } from 'vitest';
import { tf } from './node.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const refused = (call: () => unknown, message: RegExp) => {
  expect(call).toThrow(FocalLossError);
  expect(call).toThrow(message);
};

const metrics = {
  binaryAccuracy: layers.binaryAccuracy(),
  precision: layers.precision(),
  recall: layers.recall(),
  averagePrecision: layers.averagePrecision(),
  calibrationError: layers.calibrationError(),
};

test.each(Object.entries(metrics))('%s broadcast three labels to two rows of logits, in silence', (name, metric) => {
  const logits = tf.tensor2d([
    [1, -2, 3],
    [4, -5, 6],
  ]);
  refused(
    () => metric(tf.tensor1d([1, 0, 1]), logits),
    new RegExp(`^${name}: labels.shape got "\\[3\\]", takes shape \\[2, 3\\]`),
  );
  refused(() => metric(undefined as never, logits), new RegExp(`^${name}: labels got undefined`));
  refused(() => metric(tf.zerosLike(logits), null as never), new RegExp(`^${name}: logits got null`));
  // An axis of one entry may be missing: [4] labels of [4, 1] logits made sixteen.
  const column = metric(tf.tensor1d([1, 0, 1, 0]), tf.tensor2d([3, -3, 2, -2], [4, 1])).arraySync();
  expect(column).toBe(metric(tf.tensor2d([1, 0, 1, 0], [4, 1]), tf.tensor2d([3, -3, 2, -2], [4, 1])).arraySync());
});

test('categorical metrics take indices, columns and rows, and say so of anything else', () => {
  const logits = tf.tensor2d([
    [1, -2, 3],
    [4, -5, 6],
  ]);
  const metric = layers.categoricalAccuracy();
  expect(metric(tf.tensor1d([2, 0], 'int32'), logits).arraySync()).toBe(0.5);
  refused(
    () => metric(tf.tensor1d([1, 0, 1]), logits),
    /^categoricalAccuracy: labels.shape got "\[3\]", takes shape \[2\] or \[2, 1\] or \[2, 3\]/,
  );
  refused(() => metric(tf.tensor1d([2, 0]), undefined as never), /^categoricalAccuracy: logits got undefined/);
  refused(
    () => layers.categoricalAccuracy({ axis: 2 })(tf.tensor1d([2, 0]), logits),
    /axis got 2, takes a whole number from -2 to 1/,
  );
  refused(
    () => layers.calibrationError({ link: 'softmax' })(tf.tensor1d([1, 0, 1]), logits),
    /^calibrationError: labels.shape/,
  );
});

test('a tensor that was disposed of is named, whichever argument it is', () => {
  const [x, y] = [tf.tensor1d([1, -2]), tf.tensor1d([1, 0])];
  const gone = tf.tensor1d([1, 1]);
  gone.dispose();
  const run = compile(sigmoidFocal());
  refused(() => run(gone, x), /labels got "a tensor that was disposed of"/);
  refused(() => run(y, gone), /logits got "a tensor that was disposed of"/);
  refused(() => run(y, x, gone), /weights got "a tensor that was disposed of"/);
  refused(() => posterior(sigmoidFocal())(gone), /logits got "a tensor that was disposed of"/);
});

test('what is no model, no tensor or no argument at all', () => {
  refused(() => layers.rememberLoss(undefined as never, softmaxFocal()), /^rememberLoss: model got undefined/);
  refused(
    () => layers.rememberedLoss({} as never),
    /^rememberedLoss: model got an object of type Object, takes a model of tfjs-layers/,
  );
  refused(() => layers.tiled([1, 2] as never, 3), /^tiled: labels got \[1, 2\], takes a tensor/);
  refused(() => new layers.PriorBias(undefined as never), /pi got undefined/);
});
