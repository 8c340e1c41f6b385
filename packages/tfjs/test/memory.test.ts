import { sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import { expect, test } from 'vitest';
import { places, tf } from './node.ts';

test.each(places)('calls outside tidy leave their results on $name, and nothing else', async ({ backend, fused }) => {
  await tf.setBackend(backend);
  const times = fused ? 60 : 15;
  const x = tf.tensor2d([1, -2, 3, -4], [2, 2]);
  const y = tf.tensor2d([1, 0, 0, 1], [2, 2]);
  const calls = [
    compile(sigmoidFocal({ alpha: 0.25 }), { fused }),
    compile(softmaxFocal({ reduction: 'none' }), { fused }),
    compile(sigmoidFocal(), { fused, fromLogits: false }),
  ];
  const inputs = [x, x, tf.sigmoid(x)];
  const gradients = calls.map((run) => tf.grad((x) => run(y, x)));
  // What is made once is made now.
  calls.forEach((run, i) => {
    tf.dispose([run(y, inputs[i]), gradients[i](inputs[i])]);
  });
  const before = tf.memory();
  for (let i = 0; i < times; i++) {
    const value = calls[i % 3](y, inputs[i % 3]);
    const grad = gradients[i % 3](inputs[i % 3]);
    expect(tf.memory().numTensors).toBe(before.numTensors + 2);
    tf.dispose([value, grad]);
  }
  expect(tf.memory().numTensors).toBe(before.numTensors);
  expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  expect(tf.memory().numBytes).toBe(before.numBytes);
  tf.dispose([x, y, inputs[2]]);
});
