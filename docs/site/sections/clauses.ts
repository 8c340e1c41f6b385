import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../packages.ts';

/** The clauses as the suite itself writes them (`npm run clauses -w @focal-loss/conformance`), without their title. */
export const clauses = (): string =>
  readFileSync(join(root, 'conformance/CLAUSES.md'), 'utf8')
    .replace(/^# .*\n/, '')
    .replaceAll('](README.md#what-close-means)', '](../../conformance/README.md#what-close-means)');
