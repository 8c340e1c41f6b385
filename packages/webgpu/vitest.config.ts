import { mergeConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

/** Files of tests share a process, and with it the one that has WebGPU. */
export default mergeConfig(base, { test: { isolate: false } });
