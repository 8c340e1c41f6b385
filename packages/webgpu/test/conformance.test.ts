import { conformance } from '@focal-loss/conformance/vitest';
import backends from '../conformance.js';

// A GPU in software takes minutes for each: of the first a third of the checks, of the other format and the other place an
// eighth, each one of its own. `focal-conformance --all` runs them whole.
backends.forEach((backend, i) => {
  conformance(backend, { shard: [i + 1, i === 0 ? 3 : 8] });
});
