import { defineConfig } from 'tsdown';
import base from '../../tsdown.base.ts';

export default defineConfig({
  ...base,
  // Only reached where they exist.
  deps: { neverBundle: [/^node:/] },
  entry: { index: 'src/index.ts', parallel: 'src/parallel/index.ts', worker: 'src/parallel/worker.ts' },
});
