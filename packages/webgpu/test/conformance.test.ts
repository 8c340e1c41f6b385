import { conformance } from '@focal-loss/conformance/vitest';
import backends from '../conformance.js';

for (const backend of backends) conformance(backend);
