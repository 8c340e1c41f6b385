/**
 * The suite inside vitest: one `describe` a backend, one `it` a clause.
 *
 * @module
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Framework, register } from './register.ts';
import type { AnyBackend } from './remote.ts';
import type { FrameworkOptions } from './runOptions.ts';

/**
 * Registers the suite for one or several backends. What a backend does not support is shown as skipped, with the
 * reason; so is everything where the backend is unavailable, and what `options` leave out.
 *
 * @param options Clauses, cases, a seed, a timeout. Default: the whole suite.
 * @throws An error if `options` name a clause or case that the suite does not have.
 * @example
 * ```ts
 * import { conformance } from '@focal-loss/conformance/vitest';
 * import backend from '../conformance.js';
 *
 * conformance(backend);
 * ```
 */
export function conformance(backends: AnyBackend | readonly AnyBackend[], options: FrameworkOptions = {}): void {
  const framework: Framework = {
    // In the order given: what comes last closes the backend.
    describe: (name, body) => describe(name, { shuffle: false }, body),
    before: beforeAll,
    after: afterAll,
    it: (name, timeout, body) =>
      it(name, { timeout }, async (context) => {
        const reason = await body();
        if (reason !== undefined) context.skip(reason);
      }),
  };
  register(backends, framework, options);
}
