/**
 * The suite inside vitest: one `describe` a backend, one `it` a clause.
 *
 * @module
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Backend, lacks } from './backend.ts';
import { allClauses } from './clauses/index.ts';
import { loadVectors } from './load.ts';
import { runCheck } from './run.ts';
import { Subject } from './subject.ts';
import { failureText } from './text.ts';

const clauses = allClauses(await loadVectors());

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
export function conformance(backends: Backend | readonly Backend[]): void {
  for (const backend of [backends].flat()) register(backend);
}

function register(backend: Backend): void {
  describe(`${backend.name} conforms`, () => {
    const subject = new Subject(backend);
    let unavailable: string | undefined;
    beforeAll(async () => {
      unavailable = await backend.unavailable?.();
    });
    afterAll(() => (unavailable === undefined ? backend.close?.() : undefined));

    for (const clause of clauses) {
      it(`${clause.id}: ${clause.statement}`, { timeout: 300_000 }, async (context) => {
        if (unavailable !== undefined) context.skip(unavailable);
        const missing = new Set(clause.checks.flatMap(({ needs }) => needs.filter((need) => lacks(backend, need))));
        const failures: string[] = [];
        let made = 0;
        for (const check of clause.checks) {
          const result = await runCheck(backend, subject, clause, check);
          if (result.outcome === 'passed' || result.outcome === 'failed') made += 1;
          if (result.outcome === 'failed') failures.push(failureText(result));
        }
        if (made === 0) context.skip(missing.size > 0 ? `not supported: ${[...missing].join(', ')}` : 'not applicable');
        if (failures.length > 0) throw new Error(failures.join('\n\n'));
      });
    }
  });
}
