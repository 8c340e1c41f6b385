/** The clauses of the suite, from the page it writes itself: by topic, and as one table that filters. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeHtml, slug } from '../html.ts';
import { lettered } from '../letters.ts';
import { root } from '../packages.ts';

interface Clause {
  readonly id: string;
  readonly statement: string;
  /** `47 checks against the truth`. */
  readonly checks: string;
  /** `1e-14 (float64), 1e-6 (float32)`, or that nothing is. */
  readonly allowed: string;
  readonly needs: string;
  readonly mistakes: string;
}

const text = readFileSync(join(root, 'conformance/CLAUSES.md'), 'utf8');

/** What `npm run clauses -w @focal-loss/conformance` wrote, read again. */
const all: readonly Clause[] = Array.from(
  text.matchAll(
    /^### (\S+)\n\n(.*)\n\n- (.*?), (nothing is allowed|allowed .*?)(?:; some need (.*))?\n\n<details>.*\n\n(.*)$/gm,
  ),
  ([, id, statement, checks, allowed, needs = '', mistakes]) => ({
    id,
    statement,
    checks,
    allowed: allowed.replace(/^allowed /, ''),
    needs,
    mistakes,
  }),
);

/** Which topic of the specification a clause belongs to, by the beginning of its name. The first that fits. */
const topics: Readonly<Record<string, readonly string[]>> = {
  meaning: ['laws.gamma-zero', 'laws.below-cross-entropy', 'laws.flip', 'laws.two-classes', 'published'],
  shapes: [
    'axis',
    'weights-broadcast',
    'single',
    'sizes',
    'many-classes',
    'laws.permutation',
    'laws.sizes',
    'laws.shapes',
    'random.sizes',
  ],
  targets: ['soft-labels', 'soft-rows', 'places', 'label-smoothing', 'bad-targets', 'random.bad-input'],
  weights: ['alpha', 'weights', 'bad-weights', 'laws.alpha', 'laws.weights'],
  ignored: ['ignore', 'laws.ignore'],
  reductions: [
    'reductions',
    'normalizers',
    'examples',
    'large-sums',
    'many-entries',
    'equal-terms',
    'tiny-means',
    'laws.parts',
    'laws.mean',
  ],
  nonfinite: ['nonfinite', 'empty', 'hard-examples.finite', 'random.nonfinite'],
  derivatives: ['hess', 'posterior', 'hard-examples.gradient', 'laws.gradient'],
  accuracy: ['values', 'softmax', 'operations', 'random'],
  calls: ['calls', 'random.sequences'],
};

const fits = (id: string, beginning: string) =>
  id === beginning || id.startsWith(`${beginning}.`) || id.startsWith(`${beginning}-`);
const exact = new Set(Object.values(topics).flat());
const topicOf = ({ id }: Clause): string => {
  const whole = Object.keys(topics).find((topic) => topics[topic].includes(id));
  const found = whole ?? Object.keys(topics).find((topic) => topics[topic].some((beginning) => fits(id, beginning)));
  if (found === undefined) throw new Error(`the clause ${id} belongs to no topic of the specification`);
  return found;
};

/** `values.tiny`, `values.ordinary`, … as one link a clause. */
export const clausesOf = (topic: string): string => {
  const own = all.filter((clause) => topicOf(clause) === topic);
  if (own.length === 0) throw new Error(`no clause belongs to ${topic}`);
  return `<p class="clauses-of">Clauses: ${own.map(({ id }) => `<a href="#${slug(id)}"><code>${id}</code></a>`).join(' ')}</p>`;
};

/** The sections of single topics, by the names guides have for them. */
export const topicSections = (): Record<string, () => string> =>
  Object.fromEntries(Object.keys(topics).map((topic) => [`clauses-of-${topic}`, () => clausesOf(topic)]));

const inline = (words: string) => (lettered(words) ?? escapeHtml(words)).replace(/`([^`]+)`/g, '<code>$1</code>');

/** The table of all of them. Filled in without a blank line, so that it can stand in Markdown. */
export function clauses(): string {
  if (all.length < 50 || exact.size < 30) throw new Error('conformance/CLAUSES.md has another shape than is read here');
  const rows = all.map(
    (clause) =>
      `<tr id="${slug(clause.id)}"><th scope="row"><code>${clause.id}</code></th><td>${inline(clause.statement)}<details><summary>Who needs it, what violates it</summary>${clause.needs === '' ? '' : `<p>Some checks need ${inline(clause.needs)}.</p>`}<p>Violated by: ${inline(clause.mistakes)}.</p></details></td><td>${clause.checks}</td><td>${clause.allowed.replace(', ', '<br>')}</td></tr>`,
  );
  return `<div data-widget="clauses" class="clauses"><p class="filter" hidden><label for="filter">Filter</label> <input type="search" id="filter" placeholder="softmax, NaN, clipped …"> <output for="filter"></output></p>
<div class="scroll tall" tabindex="0" role="group" aria-label="clauses"><table><thead><tr><th scope="col">clause</th><th scope="col">promise</th><th scope="col">checks</th><th scope="col">allowed</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div></div>

### Wrong backends

The suite is tested with backends that make one mistake each. Every one of them fails the clauses that name it under "what violates it",
and no other: type a part of a mistake into the filter, such as "clipped" or "wrong axis". A clause that no wrong backend violates would
test nothing; there is none.`;
}
