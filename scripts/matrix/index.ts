/**
 * The packages wherever npm packages go: packs them, installs the tarballs in empty folders, and computes a loss in each runtime,
 * bundler and package manager; compiles every block of the READMEs under versions of TypeScript. The table goes into
 * docs/guides/matrix.md.
 *
 *     npm run matrix                     all of it, minutes
 *     npm run matrix -- bundler vite     only rows whose words have one of these
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceSection } from '@focal-loss/testing/figures';
import { table } from '../../docs/readme/table.ts';
import { docs, packages } from '../../docs/site/packages.ts';
import { packPublished } from '../pack.ts';
import { bundlers } from './bundlers.ts';
import { type Outcome, outcome } from './cell.ts';
import { compilers } from './compilers.ts';
import { packageManagers } from './managers.ts';
import { KEPT, rowsOf } from './rows.ts';
import { runtimes } from './runtimes.ts';

/** Puts what was found in the place of what an earlier run found, or in the place of everything, and writes the table of it. */
function write(found: readonly Outcome[], isAll: boolean): void {
  const kept: Outcome[] = isAll ? [] : JSON.parse(readFileSync(KEPT, 'utf8'));
  const keyOf = ({ group, name, tried }: Outcome) => `${group} ${name} ${tried}`;
  const groups = ['runtime', 'bundler', 'package manager', 'TypeScript'];
  const merged = new Map([...kept, ...found].map((one) => [keyOf(one), one]));
  const all = [...merged.values()].sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));
  writeFileSync(KEPT, `${JSON.stringify(all, null, 2)}\n`);
  const page = join(docs, 'guides/matrix.md');
  writeFileSync(page, replaceSection(readFileSync(page, 'utf8'), 'matrix', table(rowsOf(all))));
}

const asked = process.argv.slice(2).map((word) => word.toLowerCase());
const folder = mkdtempSync(join(tmpdir(), 'focal-loss-tarballs-'));
const outcomes: Outcome[] = [];
try {
  // The suite is a tool of tests; what goes into programs is the rest.
  const programs = packages().filter(({ key }) => key !== 'conformance');
  const packed = packPublished(
    programs.map((pkg) => pkg.folder),
    folder,
  );
  const tarballs = packed.map(({ file }) => file);
  const cells = [...runtimes(tarballs), ...bundlers(tarballs), ...packageManagers(tarballs), ...compilers()].filter(
    ({ group, name, tried }) =>
      asked.length === 0 || asked.some((word) => `${group} ${name} ${tried}`.toLowerCase().includes(word)),
  );
  for (const cell of cells) {
    const since = performance.now();
    const one = await outcome(cell);
    outcomes.push(one);
    write([one], false);
    const seconds = ((performance.now() - since) / 1000).toFixed(0);
    console.log(`${one.verdict.padEnd(8)} ${one.group}: ${one.name}, ${one.tried} (${seconds} s): ${one.says}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

write(outcomes, asked.length === 0);
process.exitCode = outcomes.some(({ verdict }) => verdict === 'FAILS') ? 1 : 0;
