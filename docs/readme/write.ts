/**
 * Runs the conformance suite for every adapter, keeps the reports in docs/reports, and writes the generated sections of
 * the root README: the adapters from their reports, the tables of the real input and of the usual formula from their
 * examples.
 *
 *     npm run readme                        every package; those with a browser take minutes
 *     npm run readme -- core typed-array    only these anew
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceSection } from '@focal-loss/testing/figures';
import { rows as realInput } from '../examples/real-input/shares.ts';
import { rows as usualFormula } from '../examples/usual-formula/rows.ts';
import { packages, root } from '../site/packages.ts';
import { examine, examined, reports } from '../site/reports.ts';
import { firstRows } from './sections.ts';
import { table } from './table.ts';

const asked = process.argv.slice(2);
for (const pkg of packages()) {
  if (!examined(pkg) || (asked.length > 0 && !asked.includes(pkg.key))) continue;
  console.log(pkg.name);
  await examine(pkg);
}

const readme = join(root, 'README.md');
let text = readFileSync(readme, 'utf8');
text = replaceSection(text, 'adapters', table(firstRows(reports())));
text = replaceSection(text, 'real-input', table(realInput));
text = replaceSection(text, 'usual-formula', table(usualFormula));
writeFileSync(readme, text);
