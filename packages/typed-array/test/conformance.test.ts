import '../bench/relaxed.ts';
import { conformance } from '@focal-loss/conformance/vitest';
import backends from '../conformance.js';

/**
 * The part of the suite that is asked; `focal-conformance --all` asks all of it. In a browser runs what Node.js 20 is without, and the
 * relaxed build, which it has behind a flag, here as well. The loops of JavaScript and the vectors of float64 give the same bits
 * (kernels.test.ts), so that each is asked another part.
 */
const SHARDS: Readonly<Record<string, readonly [number, number]>> = {
  'typed-array float32 relaxed-simd': [1, 10],
  'typed-array float32': [1, 4],
  'typed-array float64': [3, 4],
};
for (const backend of backends)
  conformance(backend, { shard: 'run' in backend ? [1, 8] : (SHARDS[backend.name] ?? [1, 1]) });
