import { conformance } from '@focal-loss/conformance/vitest';
import backends from '../conformance.js';

const [inFull, ...others] = backends;
conformance(inFull);

// A GPU in software takes most of a minute for each: of the other format and the other place, a quarter of the checks, each a
// quarter of its own. `focal-conformance --all` runs them whole.
others.forEach((backend, i) => {
  conformance(backend, { shard: [i + 1, 4] });
});
