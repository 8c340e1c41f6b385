import type { Clause } from '../src/clauses/clause.ts';
import { allClauses } from '../src/clauses/index.ts';
import { loadVectors } from '../src/index.ts';
import { matches } from '../src/select.ts';
import { saboteurs } from '../test/saboteurs/index.ts';
import { type Cause, causes, type Saboteur } from '../test/saboteurs/saboteur.ts';
import { type Group, groupOf, groups } from './clause-groups.ts';

/** CLAUSES.md, made of the clauses and of the wrong backends that violate them. */
export async function clausesPage(): Promise<string> {
  const clauses = allClauses(await loadVectors());
  const own = (group: Group) => clauses.filter(({ id }) => groupOf(id) === group);
  return `# Clauses

What every backend promises. A clause is one promise: it has a name, a sentence, and checks that try to break it. It compares
either with the truth, which is golden vectors in at least 70-digit arithmetic or, of calls drawn at random, core's reference, or with
other answers of the same backend. Allowances are relative errors of float64 and float32 on a CPU; the table of all of them, and why
they are what they are, is in the [README](README.md#what-close-means). What a backend says it lacks is not asked of it. A clause runs
alone with \`--clause <id>\`.

## Contents

${groups.map((group) => `- [${group.title}](#${anchorOf(group.title)}): ${counted(own(group).length, 'clause')}`).join('\n')}
- [Wrong backends](#wrong-backends): how the suite is tested

${groups.map((group) => `## ${group.title}\n\n${group.about}\n\n${own(group).map(section).join('\n')}`).join('\n')}
## Wrong backends

The suite is tested with backends that are right but for one mistake. Mistakes stay unseen for a cause: it says what a test
has to look at to see them.

${causeTable()}

<details>
<summary>All ${saboteurs.length} of them, each with the clauses that fail</summary>

Each fails these clauses, and of those that are no random calls no other (\`npm run saboteurs -w @focal-loss/conformance\` runs them).

| mistake | clauses that fail |
| --- | --- |
${saboteurs.map(({ mistake, violates }) => `| ${mistake} | ${listed(violates)} |`).join('\n')}

</details>
`;
}

/** What a heading is called in links. */
const anchorOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');

const counted = (count: number, what: string) => `${count} ${count === 1 ? what : `${what}s`}`;

const listed = (ids: readonly string[]) => ids.map((id) => `\`${id}\``).join(', ');

function section({ id, statement, against, allowance, checks }: Clause): string {
  const allowed = (dtype: 'float64' | 'float32') => allowance(dtype, 'cpu').toExponential();
  const [wide, narrow] = [allowed('float64'), allowed('float32')];
  const equal = Number(wide) === 0 && Number(narrow) === 0;
  const held = equal ? 'nothing is allowed' : `allowed ${wide} (float64), ${narrow} (float32)`;
  const truth = against === 'truth' ? 'against the truth' : 'against other answers of the backend';
  // Of a loss that a backend does not know it is not asked: that goes without saying.
  const needs = [...new Set(checks.flatMap((check) => check.needs))].filter((need) => !need.startsWith('loss:'));
  const mistakes = saboteurs.filter(({ violates }) => violates.some((pattern) => matches(pattern, id)));
  return `### ${id}

${statement.replace(/^[a-z]/, (letter) => letter.toUpperCase())}.

- ${counted(checks.length, 'check')} ${truth}, ${held}${needs.length > 0 ? `; some need ${listed(needs)}` : ''}

<details><summary>Violated by ${counted(mistakes.length, 'wrong backend')}</summary>

${mistakes.map(({ mistake }) => mistake).join('; ')}

</details>
`;
}

/** Cause × clauses × wrong backends: of each cause how many there are, and the clauses that most of them fail. */
function causeTable(): string {
  const rows = (Object.keys(causes) as Cause[]).map((cause) => {
    const own = saboteurs.filter((one) => one.cause === cause);
    return `| ${cause} | ${causes[cause]} | ${own.length} | ${byCount(own).join(', ')} |`;
  });
  return `| cause | why it stays unseen | wrong backends | clauses that see them, and how many each |
| --- | --- | --- | --- |
${rows.join('\n')}`;
}

/** `random.options` 7, … of the clauses that fail, the most frequent eight. */
function byCount(own: readonly Saboteur[]): string[] {
  const all = own.flatMap(({ violates }) => violates);
  const count = (id: string) => all.filter((one) => one === id).length;
  const ids = [...new Set(all)].sort((a, b) => count(b) - count(a));
  const most = ids.slice(0, 8).map((id) => `\`${id}\` ${count(id)}`);
  return ids.length > 8 ? [...most, `${ids.length - 8} more`] : most;
}
