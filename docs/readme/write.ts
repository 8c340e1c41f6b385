/**
 * Runs the conformance suite for every adapter, keeps the reports in docs/reports, and writes the generated sections of
 * the root README: the adapters from their reports, the table of the real input from its example.
 *
 *     npm run readme                        every package; those with a browser take minutes
 *     npm run readme -- core typed-array    only these anew
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rows } from '../examples/real-input/shares.ts';
import { packages, root } from '../site/packages.ts';
import { examine, examined, reports } from '../site/reports.ts';
import { adapterRows, replaceSection } from './sections.ts';
import { table } from './table.ts';

const asked = process.argv.slice(2);
for (const pkg of packages()) {
  if (!examined(pkg) || (asked.length > 0 && !asked.includes(pkg.key))) continue;
  console.log(pkg.name);
  await examine(pkg);
}

const readme = join(root, 'README.md');
let text = readFileSync(readme, 'utf8');
text = replaceSection(text, 'adapters', table(adapterRows(reports())));
text = replaceSection(text, 'real-input', table(rows));
writeFileSync(readme, text);
