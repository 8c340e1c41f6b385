import { conformance } from '@focal-loss/conformance/vitest';
import backends from '../conformance.js';

// A GPU in software takes minutes for each: of the first an eighth of the checks, of the other format and the other place a
// sixteenth, each one of its own. `focal-conformance --all` runs them whole.
backends.forEach((backend, i) => {
  conformance(backend, { shard: [i + 1, i === 0 ? 8 : 16] });
});
