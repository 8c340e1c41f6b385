import { conformance } from '../src/vitest.ts';
import { float32Algebra, float32ByHand } from './correct/float32.ts';
import { independent } from './correct/guards.ts';
import { rounded } from './honest.ts';

// Every other check of each; of the next one the others.
[rounded('float64'), rounded('float32'), rounded('float16'), independent, float32Algebra, float32ByHand].forEach(
  (backend, i) => {
    conformance(backend, { shard: [(i % 2) + 1, 2] });
  },
);
