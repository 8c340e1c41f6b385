import type { Clause } from './clauses/clause.ts';
import type { Report } from './report.ts';
import type { RunOptions } from './runOptions.ts';

/** A clause, case or part was asked for that does not exist. */
export class UnknownName extends Error {}

/**
 * The clauses and checks that a run asks for.
 *
 * @throws {@link UnknownName} if a name fits nothing: a misspelt one must not look like success.
 */
export function select(clauses: readonly Clause[], { clauses: patterns, case: pattern, shard }: RunOptions): Clause[] {
  let chosen = [...clauses];
  if (patterns !== undefined) {
    const unknown = patterns.find((pattern) => !clauses.some((clause) => matches(pattern, clause.id)));
    if (unknown !== undefined) {
      throw new UnknownName(
        `no clause is called ${unknown}; the clauses are ${clauses.map((clause) => clause.id).join(', ')}`,
      );
    }
    chosen = chosen.filter((clause) => patterns.some((pattern) => matches(pattern, clause.id)));
  }
  if (pattern !== undefined) {
    chosen = chosen
      .map((clause) => ({ ...clause, checks: clause.checks.filter((check) => matches(pattern, check.id)) }))
      .filter(({ checks }) => checks.length > 0);
    if (chosen.length === 0) throw new UnknownName(`no case is called ${pattern}`);
  }
  return shard === undefined ? chosen : partOf(chosen, shard);
}

/** Every so many-th check, so that each part has some of every clause. */
function partOf(clauses: readonly Clause[], [part, of]: readonly [number, number]): Clause[] {
  if (!(Number.isInteger(part) && Number.isInteger(of) && part >= 1 && part <= of)) {
    throw new UnknownName(`the part is ${part}/${of}, takes two whole numbers: 1/4 to 4/4`);
  }
  let count = 0;
  return clauses
    .map((clause) => ({ ...clause, checks: clause.checks.filter(() => count++ % of === part - 1) }))
    .filter(({ checks }) => checks.length > 0);
}

/** What a run was restricted to, if it was. */
export function onlyOf({ clauses, case: id, shard, call }: RunOptions, stopped = false): Report['only'] {
  const only = {
    ...(clauses && { clauses }),
    ...(id !== undefined && { case: id }),
    ...(call !== undefined && { call: JSON.stringify(call) }),
    ...(shard && { shard: shard.join('/') }),
    ...(stopped && { stopped: 'at the first failure' as const }),
  };
  return Object.keys(only).length > 0 ? only : undefined;
}

/** Whether a name fits a pattern in which `*` stands for anything. */
export function matches(pattern: string, name: string): boolean {
  const literal = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`).test(name);
}
