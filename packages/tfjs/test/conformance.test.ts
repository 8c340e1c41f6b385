import { conformance } from '@focal-loss/conformance/vitest';
import backends from '../conformance.js';

const isGpu = ({ device }: { device?: string }) => device === 'gpu';

conformance(backends.filter((backend) => !isGpu(backend)));

// A GPU in software takes minutes for the whole: a twentieth of the checks, each one of its own. `focal-conformance --all` runs
// them whole.
backends.filter(isGpu).forEach((backend, i) => {
  conformance(backend, { shard: [i + 1, 20] });
});
