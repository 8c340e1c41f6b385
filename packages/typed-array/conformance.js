// What `focal-conformance --all` runs for this package. Chromium has what Node.js 20 is without.
import { inChromium } from '@focal-loss/testing';
import backends from './conformance/backends.js';

const module = new URL('./conformance/backends.js', import.meta.url);

export default [
  ...backends,
  inChromium(module, { name: 'typed-array float32 relaxed-simd', dtype: 'float32' }),
  inChromium(module, { name: 'typed-array float16', dtype: 'float16' }),
];
