import { conformance } from '../src/vitest.ts';
import { float32Algebra, float32ByHand } from './correct/float32.ts';
import { independent } from './correct/guards.ts';
import { rounded } from './honest.ts';

// A third of the checks of each, another third of the next one; seeds and all of them: `npm run seeds`, `npm run conformance`.
[rounded('float64'), rounded('float32'), rounded('float16'), independent, float32Algebra, float32ByHand].forEach(
  (backend, i) => {
    conformance(backend, { shard: [(i % 3) + 1, 3] });
  },
);
