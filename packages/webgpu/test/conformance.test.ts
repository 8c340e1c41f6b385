import { conformance } from '@focal-loss/conformance/vitest';
import backends from '../conformance.js';

// A GPU in software takes .4 s for a check, most of it to compile its program: of each place and format a part of the checks, each
// one of its own. The browser, which takes longer to start than its part does, is asked about one format. `focal-conformance --all`
// runs all of them whole.
const [float32, float16, inBrowser] = backends;
[float32, float16, inBrowser].forEach((backend, i) => {
  conformance(backend, { shard: [i + 1, 400] });
});
