/**
 * The suite inside `node --test`: one `describe` a backend, one `it` a clause.
 *
 * @module
 */
import { after, before, describe, it } from 'node:test';
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
 * import { conformance } from '@focal-loss/conformance/node-test';
 * import backend from './my-backend.js';
 *
 * conformance(backend);
 * ```
 */
export function conformance(backends: AnyBackend | readonly AnyBackend[], options: FrameworkOptions = {}): void {
  const framework: Framework = {
    describe,
    before,
    after,
    it: (name, timeout, body) =>
      it(name, { timeout }, async (context) => {
        const reason = await body();
        if (reason !== undefined) context.skip(reason);
      }),
  };
  register(backends, framework, options);
}
