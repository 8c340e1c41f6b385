import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgpu';
import '@tensorflow/tfjs-backend-webgl';
import { compile } from '../src/index.ts';
import { sigmoidFocal } from '@focal-loss/core';
import { divisorOf, targetsOf } from '../src/reduce.ts';
export async function go() {
  await tf.setBackend('webgpu');
  const out: unknown[] = [];
  const a = tf.tensor1d([3]); 
  out.push(Array.from(await tf.divNoNan(tf.scalar(6), tf.scalar(3)).data()));
  const f = compile(sigmoidFocal({ignoreIndex: -1}));
  const y = tf.tensor1d([1,0,-1,1]); const x = tf.tensor1d([1,2,3,4]);
  out.push(Array.from(await f(y,x).data()));
  const neq = tf.notEqual(y, -1);
  out.push(Array.from(await neq.data()));
  out.push(Array.from(await tf.cast(neq,'float32').data()));
  out.push(Array.from(await tf.engine().runKernel('FocalLossSum', {terms: tf.cast(neq,'float32')} as never, {layout:'plain', rows: 4}).data()));
  const c = tf.cast(tf.notEqual(y, -1), 'float32');
  out.push(Array.from(await (tf.engine().runKernel('FocalLossSum', {terms: c} as never, {layout:'plain', rows: 4}) as tf.Tensor).data()));
  return out;
}
