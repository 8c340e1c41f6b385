import { mergeConfig } from 'vitest/config';
import base from '../vitest.base.ts';

/** The last of all packages, which has the machine to itself: as many files at once as everything else had processes. */
export default mergeConfig(base, { test: { maxWorkers: 2 } });
