import { allClauses } from '../../src/clauses/index.ts';
import { groupOf } from '../../src/clauses/statements.ts';
import { type Backend, conformanceReport, loadVectors } from '../../src/index.ts';

const vectors = await loadVectors();
const ids = allClauses(vectors).map(({ id }) => id);

/** The clauses of the whole suite that a backend fails, groups that fail throughout as `group.*`. */
export async function violations(backend: Backend): Promise<string[]> {
  const { clauses } = await conformanceReport(backend, { vectors });
  const failed = new Set(clauses.filter((clause) => clause.failed > 0).map(({ id }) => id));
  const names = ids.flatMap((id) => {
    const group = ids.filter((other) => other.includes('.') && groupOf(other) === groupOf(id));
    const whole = group.length > 1 && group.every((other) => failed.has(other));
    return !failed.has(id) ? [] : whole ? [`${groupOf(id)}.*`] : [id];
  });
  return [...new Set(names)];
}
