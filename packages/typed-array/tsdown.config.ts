import { defineConfig } from 'tsdown';
import base from '../../tsdown.base.ts';

export default defineConfig({
  ...base,
  // Only reached where they exist.
  deps: { neverBundle: [/^node:/] },
  // What they say of the kernels is for who reads the source; of the API, the declarations say it.
  outputOptions: { comments: { jsdoc: false } },
  entry: { index: 'src/index.ts', parallel: 'src/parallel/index.ts', worker: 'src/parallel/worker.ts' },
});
