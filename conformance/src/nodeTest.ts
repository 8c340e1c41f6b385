/**
 * The suite inside `node --test`: one `describe` a backend, one `it` a clause.
 *
 * @module
 */
import { after, before, describe, it } from 'node:test';
import { register } from './register.ts';
import type { AnyBackend } from './remote.ts';

/**
 * Registers the suite for one or several backends. What a backend does not support is shown as skipped, with the
 * reason; so is everything where the backend is unavailable.
 *
 * @example
 * ```ts
 * import { conformance } from '@focal-loss/conformance/node-test';
 * import backend from './my-backend.js';
 *
 * conformance(backend);
 * ```
 */
export function conformance(backends: AnyBackend | readonly AnyBackend[]): void {
  register(backends, {
    describe,
    before,
    after,
    it: (name, timeout, body) =>
      it(name, { timeout }, async (context) => {
        const reason = await body();
        if (reason !== undefined) context.skip(reason);
      }),
  });
}
