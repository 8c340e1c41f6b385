/**
 * Writes CLAUSES.md: every clause with its promise, what it is held to, and the wrong backends that violate it.
 *
 *     npm run clauses -w @focal-loss/conformance
 */
import { writeFileSync } from 'node:fs';
import { clausesPage } from './clauses-page.ts';

writeFileSync(new URL('../CLAUSES.md', import.meta.url), await clausesPage());
