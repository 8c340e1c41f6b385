// The backends whose suite runs in a browser.
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { backend } from './backend.js';

/** What the browser draws and computes with. */
async function adapter() {
  const { info } = await navigator.gpu.requestAdapter();
  return { adapter: [info.vendor, info.architecture, info.description].filter(Boolean).join(' ') };
}

const gpu = { device: 'gpu', supports: { badInput: 'nan' }, runtime: adapter };

export default [backend('webgl', 'webgl', gpu), backend('webgpu', 'webgpu', gpu)];
