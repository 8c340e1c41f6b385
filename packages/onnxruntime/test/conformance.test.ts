import { runConformance } from '@focal-loss/conformance';
import { conformance } from '@focal-loss/conformance/vitest';
import { inNode } from '@focal-loss/testing';
import { expect, it } from 'vitest';
import { backend } from '../conformance/backend.js';
import wasm from '../conformance/wasm.js';

// Fewer logits than `focal-conformance --all`, which is what the longest clauses take their time with.
const largest = 2 ** 16;
// A part of the checks each, not the same; `focal-conformance --all` runs them whole.
conformance(backend('float32', { largest }), { shard: [1, 6] });
conformance(backend('float64', { largest }), { shard: [2, 12] });
// The graph is that of float32 behind a Cast.
conformance(backend('float16', { largest }), { shard: [4, 24] });

/** What another runtime may compute otherwise: the models are the same. A part of it. */
const computed = ['values.*', 'alpha', 'softmax.*', 'reductions', 'weights', 'ignore', 'posterior'];
conformance(wasm[0], { clauses: ['operations.*', 'calls.*', ...computed], shard: [1, 16] });
// A session takes WebAssembly longer to open, and this clause opens one for each call.
conformance(wasm[0], { clauses: ['random.options'], shard: [5, 15] });
// WebAssembly adds one number after the other: long rows of equal logits lost a digit there that they keep elsewhere.
conformance(wasm[0], { clauses: ['many-classes'], shard: [1, 3] });

it('runs on WebGPU, which no node may leave', async (context) => {
  const module = new URL('../conformance/webgpu.js', import.meta.url);
  const remote = inNode(module, { name: 'onnxruntime float32 webgpu', dtype: 'float32', device: 'gpu' });
  for await (const event of runConformance(remote, {
    clauses: [...computed, 'random.options', 'hess'],
    shard: [2, 24],
  })) {
    if (event.type !== 'end') continue;
    const { verdict, reason, failures } = event.report;
    if (verdict === 'not run') return context.skip(`not run: ${reason}`);
    expect(failures).toEqual([]);
    expect(verdict).toBe('passes');
  }
}, 300_000);
