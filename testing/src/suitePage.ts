/** The suite in a page, beside the module whose backends it asks. */
import type { RunEvent, RunOptions } from '@focal-loss/conformance';
import { runSuite } from './suite.ts';

interface Host {
  exports: { default: unknown };
  emit(event: RunEvent): Promise<void>;
}

/** Called from Node; `emit` is a function of Node's. */
export const runSuiteHere = (name: string, options: RunOptions, vectors: readonly string[]): Promise<void> => {
  const { exports, emit } = globalThis as unknown as Host;
  return runSuite(exports.default, name, options, vectors, emit);
};
