import { writeFileSync } from 'node:fs';
import { format } from '../oracle/json.ts';
import { schema } from './schema.ts';

writeFileSync(new URL('../loss.schema.json', import.meta.url), format(schema));
