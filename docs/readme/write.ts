/**
 * Writes the generated sections of the root README: the adapters from their conformance reports, the table of the real
 * input from its example.
 *
 *     npm run readme
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rows } from '../examples/real-input/shares.ts';
import { adapterRows, replaceSection } from './sections.ts';
import { table } from './table.ts';

const root = new URL('../../', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'focal-loss-report-'));
const file = join(folder, 'report.json');
try {
  execFileSync('npx', ['focal-conformance', '--all', '--quiet', '--json', file], { cwd: root, stdio: 'inherit' });
  const readme = new URL('README.md', root);
  let text = readFileSync(readme, 'utf8');
  text = replaceSection(text, 'adapters', table(adapterRows(JSON.parse(readFileSync(file, 'utf8')))));
  text = replaceSection(text, 'real-input', table(rows));
  writeFileSync(readme, text);
} finally {
  rmSync(folder, { recursive: true });
}
