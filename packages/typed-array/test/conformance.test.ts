import { conformance } from '@focal-loss/conformance/vitest';
import backends from '../conformance.js';

// In a browser what Node.js 20 is without, of which this is a part: `focal-conformance --all` runs it whole.
for (const backend of backends) conformance(backend, { shard: 'run' in backend ? [1, 8] : [1, 1] });
