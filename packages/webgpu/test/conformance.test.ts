import { conformance } from '@focal-loss/conformance/vitest';
import backends from '../conformance.js';

// A GPU in software takes .4 s for a check, most of it to compile its program: of each place and format a part of the checks, each
// one of its own. `focal-conformance --all` runs them whole.
backends.forEach((backend, i) => {
  conformance(backend, { shard: [i + 1, 150] });
});
