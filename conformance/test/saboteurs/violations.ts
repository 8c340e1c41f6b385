import { allClauses } from '../../src/clauses/index.ts';
import { groupOf } from '../../src/clauses/statements.ts';
import { type Backend, conformanceReport, loadVectors, type RunOptions } from '../../src/index.ts';
import { matches } from '../../src/select.ts';

const vectors = await loadVectors();
const ids = allClauses(vectors).map(({ id }) => id);

/** A call with all options at once sees what the clause of one of them sees. */
export const seesAll = (id: string) => /^(random\.|random$|hess$|posterior$)/.test(id);

/**
 * The clauses that a backend fails, groups that fail throughout as `group.*`.
 *
 * @param patterns Clauses to run beside a fortieth of the others, each in `turn`; of these not the ones that see all options at once,
 *   which see the mistakes of most. Default: the whole suite.
 */
export async function violations(backend: Backend, patterns?: readonly string[], turn = 0): Promise<string[]> {
  const listed = (id: string) => patterns?.some((pattern) => matches(pattern, id));
  const failed = new Set<string>();
  const run = async (options: RunOptions) => {
    const { clauses } = await conformanceReport(backend, { vectors, ...options });
    for (const { id, failed: count } of clauses) if (count > 0) failed.add(id);
  };
  if (patterns === undefined) await run({});
  else {
    // Of a clause that is violated one check is enough. First: what a run leaves behind, the next one begins with.
    for (const id of ids.filter(listed)) await run({ clauses: [id], bail: true });
    const others = ids.filter((id, i) => i % 40 === turn % 40 && !seesAll(id) && !listed(id));
    if (others.length > 0) await run({ clauses: others });
  }
  const names = ids.flatMap((id) => {
    const group = ids.filter((other) => other.includes('.') && groupOf(other) === groupOf(id));
    const whole = group.length > 1 && group.every((other) => failed.has(other));
    return !failed.has(id) ? [] : whole ? [`${groupOf(id)}.*`] : [id];
  });
  return [...new Set(names)];
}
