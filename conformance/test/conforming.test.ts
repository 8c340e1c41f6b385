import { conformance } from '../src/vitest.ts';
import { rounded } from './honest.ts';
import { independent } from './independent.ts';

conformance([rounded('float64'), rounded('float32'), rounded('float16'), independent]);
