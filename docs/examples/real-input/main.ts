/**
 * Prints what focal loss does to a real detector's logits, and draws it.
 *
 *     npm run example -w docs
 */
import { writeFileSync } from 'node:fs';
import { table } from '../../readme/table.ts';
import { figure, rows, summary } from './shares.ts';

writeFileSync(new URL('../../figures/real-input.svg', import.meta.url), figure);
console.log(`\n${summary}\n\n${table(rows)}\n\nFigure: docs/figures/real-input.svg`);
