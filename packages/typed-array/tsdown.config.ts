import { defineConfig } from 'tsdown';
import base from '../../tsdown.base.ts';

export default defineConfig({
  ...base,
  // No maps: sources would be half of the package, which is to stay below 60 kB.
  dts: process.env.FOCAL_LOSS_WITHOUT_TYPES === undefined,
  // Only reached where they exist.
  deps: { neverBundle: [/^node:/] },
  // What they say of the kernels is for who reads the source; of the API, the declarations say it.
  outputOptions: { comments: { jsdoc: false } },
  entry: { index: 'src/index.ts', parallel: 'src/parallel/index.ts', worker: 'src/parallel/worker.ts' },
});
