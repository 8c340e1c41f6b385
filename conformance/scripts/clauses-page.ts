import type { Clause } from '../src/clauses/clause.ts';
import { allClauses } from '../src/clauses/index.ts';
import { loadVectors } from '../src/index.ts';
import { matches } from '../src/select.ts';
import { saboteurs } from '../test/saboteurs/index.ts';

/** CLAUSES.md, made of the clauses and of the wrong backends that violate them. */
export async function clausesPage(): Promise<string> {
  const clauses = allClauses(await loadVectors());
  return `# Clauses

What every backend promises, in the order of reports. A clause runs alone with \`--clause <id>\`. It compares either with
the truth, which is golden vectors in at least 70-digit arithmetic, or with other answers of the same backend. Allowances are
relative errors of float64 and float32 on a CPU; the table of all of them, and why they are what they are, is in the
[README](README.md#what-close-means). "Violated by" names wrong backends of this package's own tests: what a failure of the
clause may mean.

${clauses.map(section).join('\n')}
## Wrong backends

Each is the reference with one mistake, and fails these clauses of the whole suite and no other
(\`npm run saboteurs -w @focal-loss/conformance\` runs them).

| mistake | clauses that fail |
| --- | --- |
${saboteurs.map(({ mistake, violates }) => `| ${mistake} | ${violates.map((id) => `\`${id}\``).join(', ')} |`).join('\n')}
`;
}

function section({ id, statement, against, allowance, checks }: Clause): string {
  const allowed = (dtype: 'float64' | 'float32') => allowance(dtype, 'cpu').toExponential();
  const [wide, narrow] = [allowed('float64'), allowed('float32')];
  const equal = Number(wide) === 0 && Number(narrow) === 0;
  const held = equal ? 'nothing is allowed' : `allowed ${wide} (float64), ${narrow} (float32)`;
  const truth = against === 'truth' ? 'against the truth' : 'against other answers of the backend';
  const needs = [...new Set(checks.flatMap((check) => check.needs))];
  const mistakes = saboteurs.filter(({ violates }) => violates.some((pattern) => matches(pattern, id)));
  const count = `${checks.length} ${checks.length === 1 ? 'check' : 'checks'}`;
  return `## ${id}

${statement.replace(/^[a-z]/, (letter) => letter.toUpperCase())}.

- ${count} ${truth}, ${held}${needs.length > 0 ? `; some need ${needs.map((need) => `\`${need}\``).join(', ')}` : ''}
- Violated by: ${mistakes.map(({ mistake }) => mistake).join('; ')}
`;
}
