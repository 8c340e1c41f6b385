import { runConformance } from '@focal-loss/conformance';
import { describe, expect, it } from 'vitest';
import { backend } from '../conformance/backend.js';

/** The clauses that ask for every member, every input and every reduction. `npm run conformance:opsets` runs them all. */
const clauses = [
  'values.ordinary',
  'values.saturated',
  'softmax.3',
  'softmax.extreme',
  'weights',
  'ignore',
  'normalizers',
  'alpha',
];

describe.each([13, 17, 21, 23, 25])('opset %i', (opset) => {
  it.each(['float32', 'float64', 'float16'] as const)('%s conforms', async (dtype) => {
    for await (const event of runConformance(backend(dtype, { opset, name: `onnxruntime ${dtype} opset ${opset}` }), {
      clauses,
    })) {
      if (event.type === 'end') expect(event.report).toMatchObject({ verdict: 'passes', failed: 0 });
    }
  });
});
