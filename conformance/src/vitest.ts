/**
 * The suite inside vitest: one `describe` a backend, one `it` a clause.
 *
 * @module
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { register } from './register.ts';
import type { AnyBackend } from './remote.ts';

/**
 * Registers the suite for one or several backends. What a backend does not support is shown as skipped, with the
 * reason; so is everything where the backend is unavailable.
 *
 * @example
 * ```ts
 * import { conformance } from '@focal-loss/conformance/vitest';
 * import backend from '../conformance.js';
 *
 * conformance(backend);
 * ```
 */
export function conformance(backends: AnyBackend | readonly AnyBackend[]): void {
  register(backends, {
    // In the order given: what comes last closes the backend.
    describe: (name, body) => describe(name, { shuffle: false }, body),
    before: beforeAll,
    after: afterAll,
    it: (name, timeout, body) =>
      it(name, { timeout }, async (context) => {
        const reason = await body();
        if (reason !== undefined) context.skip(reason);
      }),
  });
}
