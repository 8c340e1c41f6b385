/**
 * Prints what the usual ways to write focal loss are wrong by.
 *
 *     npm run usual-formula -w docs
 */
import { table } from '../../readme/table.ts';
import { rows } from './rows.ts';

console.log(`\n100,000 float32 logits from -100 to 100, hard labels\n\n${table(rows)}`);
