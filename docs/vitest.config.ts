import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import base from '../vitest.base.ts';

/** Those with a browser, and those that wait for processes of their own: what takes longest first, so that no core waits in the end. */
const alone = [
  'site',
  'playgroundAdapters',
  'scratch',
  'snippets',
  'playgroundPage',
  'mining',
  'walk',
  'reading',
  'scale',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = alone.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at < 0 ? alone.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

// The last of all packages, which has the machine to itself: as many files at once as everything else had processes.
const shared = { ...base.test, maxWorkers: 2 };
const files = alone.map((name) => `test/${name}.test.ts`);

/** Most files take less time than what they import takes to load, so that these share processes. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...shared, name: 'alone', include: files } },
      { test: { ...shared, name: 'together', isolate: false, exclude: files } },
    ],
  },
});
