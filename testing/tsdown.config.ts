import { defineConfig } from 'tsdown';
import base from '../tsdown.base.ts';

export default defineConfig({
  ...base,
  entry: {
    index: 'src/index.ts',
    child: 'src/child.ts',
    draws: 'src/draws.ts',
    figures: 'src/figures.ts',
    flushed: 'src/flushed.ts',
  },
  platform: 'node',
});
