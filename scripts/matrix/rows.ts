/** The rows of the table, from what runs found, which is kept. */
import { join } from 'node:path';
import { root } from '../../docs/site/packages.ts';
import type { Outcome } from './cell.ts';

/** Where it is kept. */
export const KEPT = join(root, 'scripts/matrix/results.json');

export function rowsOf(outcomes: readonly Outcome[]): Record<string, string>[] {
  // A table has no room for a log, and no cell with a bar.
  const short = (text: string) => text.replace(/\s+/g, ' ').replaceAll('|', '/').slice(0, 160);
  return outcomes.map(({ name, tried, verdict, says }) => ({ name, tried, verdict, found: short(says) }));
}
