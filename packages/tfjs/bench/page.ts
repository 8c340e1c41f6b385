/** The part of the benchmark that runs in a browser. */
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

export { race } from './race.ts';

tf.enableProdMode();

/** What draws and computes here. */
export async function adapter(): Promise<string> {
  const info = (await navigator.gpu?.requestAdapter())?.info;
  return info ? [info.vendor, info.architecture, info.description].filter(Boolean).join(' ') : 'unknown';
}
