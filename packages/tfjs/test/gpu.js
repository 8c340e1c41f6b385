// The backends whose suite runs in a browser.
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { flushed } from '@focal-loss/testing/flushed';
import { backend } from './backend.js';

/** What the browser draws and computes with. */
async function adapter() {
  const { info } = await navigator.gpu.requestAdapter();
  return { adapter: [info.vendor, info.architecture, info.description].filter(Boolean).join(' ') };
}

// Ten million entries take software graphics half a minute; a test of its own sums millions once.
const gpu = { device: 'gpu', supports: { badInput: 'nan' }, xfail: flushed, runtime: adapter, largest: 1e5 };

export default [backend('webgl', 'webgl', gpu), backend('webgpu', 'webgpu', gpu)];
