import { allClauses } from '../clauses/index.ts';
import { loadVectors } from '../load.ts';
import { select } from '../select.ts';
import { listing } from '../tables.ts';
import type { Flags } from './flags.ts';
import { selectionOf } from './selection.ts';

/** `--list`: the clauses that would run; with `--case` or `--verbose` the ids of their checks, too. */
export async function list(files: readonly string[], flags: Flags): Promise<void> {
  if (files.length > 0) throw new Error('--list tests nothing, and takes no files');
  const clauses = select(allClauses(await loadVectors()), selectionOf(flags));
  console.log(listing(clauses, flags.verbose === true || flags.case !== undefined));
}
