import type { Backend, ExpectedFailure } from './backend.ts';
import type { Clause } from './clauses/clause.ts';
import type { CheckResult } from './report.ts';
import { matches, UnknownName } from './select.ts';

type Named = Pick<CheckResult, 'id' | 'clause'>;

/** The declared failure that speaks of a check, if there is one. */
export function expectationOf({ xfail = [] }: Backend, check: Named): ExpectedFailure | undefined {
  return xfail.find((expected) => covers(expected, check));
}

const covers = ({ clause = '*', case: id = '*' }: ExpectedFailure, check: Named) =>
  matches(clause, check.clause) && matches(id, check.id);

/** `clause calls.*`, `case sigmoidFocal(gamma=2)/hard/tiny`. */
export function nameOf({ clause, case: id }: ExpectedFailure): string {
  return [clause && `clause ${clause}`, id && `case ${id}`].filter(Boolean).join(', ');
}

/** Whether the calls of a check are drawn by the seed: another seed may find in them what this one does not. */
const isDrawn = ({ clause }: Named) => /^random\b/.test(clause);

/**
 * The declared failures that did not happen: they hide what would fail next. One of which a check was left out of the
 * run is not judged, nor one of calls that are drawn.
 */
export function unexpectedPasses(
  { xfail = [] }: Backend,
  clauses: readonly Clause[],
  results: readonly CheckResult[],
): ExpectedFailure[] {
  return xfail.filter((expected) => {
    const met = results.filter((result) => covers(expected, result));
    if (met.some(isDrawn)) return false;
    const made = met.filter(({ outcome }) => outcome !== 'not supported' && outcome !== 'not applicable');
    const complete = met.length === checksOf(clauses).filter((check) => covers(expected, check)).length;
    return complete && made.length > 0 && made.every(({ outcome }) => outcome === 'passed');
  });
}

/**
 * Sees that every declared failure speaks of a check that exists.
 *
 * @throws {@link UnknownName} if one does not: a misspelt one would hide nothing, and look as if it did.
 */
export function validateExpected({ name, xfail = [] }: Backend, clauses: readonly Clause[]): void {
  const checks = checksOf(clauses);
  for (const expected of xfail) {
    const named = (expected.clause ?? expected.case) !== undefined && Boolean(expected.reason);
    if (named && checks.some((check) => covers(expected, check))) continue;
    const what = nameOf(expected) || 'no clause and no case';
    throw new UnknownName(`${name}: xfail names ${what}; it takes a clause or case of the suite, and a reason`);
  }
  // What may fail everywhere is not tested at all.
  if (checks.length > 0 && checks.every((check) => xfail.some((expected) => covers(expected, check)))) {
    throw new UnknownName(`${name}: xfail covers every check of the suite; it takes what is known to fail`);
  }
}

const checksOf = (clauses: readonly Clause[]): Named[] =>
  clauses.flatMap(({ id: clause, checks }) => checks.map(({ id }) => ({ id, clause })));
