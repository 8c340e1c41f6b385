/**
 * Prints the table of wrong backends: the mistake of each, and every clause of the whole suite that fails.
 *
 *     npm run saboteurs -w @focal-loss/conformance
 */
import { saboteurs } from '../test/saboteurs/index.ts';
import { violations } from '../test/saboteurs/violations.ts';

for (const { mistake, backend } of saboteurs) console.log(`${mistake}\n  ${(await violations(backend)).join(' ')}`);
console.log(`${saboteurs.length} wrong backends`);
