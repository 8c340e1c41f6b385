import { defineConfig } from 'tsdown';
import base from '../tsdown.base.ts';

export default defineConfig({
  ...base,
  entry: {
    index: 'src/index.ts',
    cli: 'src/cli/index.ts',
    child: 'src/cli/child.ts',
    vitest: 'src/vitest.ts',
    'node-test': 'src/nodeTest.ts',
    // A file of its own: a page that lists the family does not fetch the suite.
    family: 'src/family.ts',
  },
  // The runner is for any platform; what needs Node is imported where it is used.
  deps: { neverBundle: [/^node:/] },
});
