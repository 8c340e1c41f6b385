import { runConformance } from '@focal-loss/conformance';
import { describe, expect, it } from 'vitest';
import { backend } from '../conformance/backend.js';

/** Every member, in its tails, and what is around it: of each opset a part, all of it together; `npm run conformance:opsets` asks for everything. */
const clauses = ['values.saturated', 'softmax.3', 'ignore', 'alpha'];

const opsets = [11, 12, 13, 17, 21, 23, 25, 26];

describe.each(opsets)('opset %i', (opset) => {
  // What differs between dtypes differs at no opset but the first and the last.
  it.each(opset === 11 || opset === 26 ? (['float32', 'float64', 'float16'] as const) : (['float32'] as const))(
    '%s conforms',
    async (dtype) => {
      for await (const event of runConformance(backend(dtype, { opset, name: `onnxruntime ${dtype} opset ${opset}` }), {
        clauses,
        shard: [opsets.indexOf(opset) + 1, opsets.length],
      })) {
        if (event.type === 'end') expect(event.report).toMatchObject({ verdict: 'passes', failed: 0 });
      }
    },
  );
});
