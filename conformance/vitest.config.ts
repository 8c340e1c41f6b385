import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../vitest.base.ts';

/** Wrong and correct backends run over the whole suite: work for every core there is. */
export default mergeConfig(base, defineConfig({ test: { maxWorkers: '100%' } }));
