import { conformance } from '@focal-loss/conformance/vitest';
import backends from '../conformance.js';

const isGpu = ({ device }: { device?: string }) => device === 'gpu';

// cpu and wasm run the same kernels' text, and the composed formula the same spec: a twelfth of the checks each, each one of its own.
// `focal-conformance --all` runs all of them whole.
backends
  .filter((backend) => !isGpu(backend))
  .forEach((backend, i) => {
    conformance(backend, { shard: [i + 1, 12] });
  });

// A GPU in software takes minutes for the whole.
backends.filter(isGpu).forEach((backend, i) => {
  conformance(backend, { shard: [i + 1, 200] });
});
