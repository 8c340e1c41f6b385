import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

/** What a file leaves behind others would see: a second copy of a package, a backend that is not one, names counted from 1. The suite counts tensors. */
const alone = ['conformance', 'copies', 'errors', 'host'].map((name) => `test/${name}.test.ts`);

/** To load TensorFlow.js takes longer than most files of tests do, so that these share processes. */
export default defineConfig({
  test: {
    projects: [
      mergeConfig(base, { test: { name: 'together', isolate: false, exclude: alone } }),
      { test: { ...base.test, name: 'alone', include: alone } },
    ],
  },
});
