import { defineConfig } from 'tsdown';
import base from '../tsdown.base.ts';

export default defineConfig({
  ...base,
  entry: ['src/index.ts', 'src/cli.ts', 'src/vitest.ts'],
  // The runner is for any platform; what needs Node is imported where it is used.
  deps: { neverBundle: [/^node:/] },
});
