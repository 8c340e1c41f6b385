import { defineBackend, everything } from '@focal-loss/conformance';
import { compile } from '@focal-loss/onnxruntime';
import { flushed } from '@focal-loss/testing/flushed';

/** What float32 has no number for, and no node of a graph computes around. */
const narrow = ['random/', 'random.options/'].map((clause) => ({
  case: `${clause}iouAware*`,
  reason:
    'beyond a logit of 87 the 1 − t of a confident positive is no normal float32, and losses of 1e-38 are made of it',
}));

/** What WebGPU lets its shading language do. */
export const wgsl = [
  ...flushed,
  {
    case: 'log(x)',
    reason: 'WGSL lets log be off by 2⁻²¹ near 1; losses take it of sums ≥ 1, and of a small 1 + e by a series',
  },
  { case: 'pow(x,0.1)', reason: 'WGSL lets pow take 0 for the smallest normal number' },
  ...['softmax', 'distribution'].map((rows) => ({
    case: `random.nonfinite/${rows}*`,
    reason: 'WGSL lets exp of NaN be any number: NaN at another class than the label’s may go unseen',
  })),
];

const formulas = new Map();

/** A loss as text: the suite makes the same ones again and again. Formulas are told apart by identity. */
function keyOf(loss) {
  if (!formulas.has(loss.formula)) formulas.set(loss.formula, formulas.size);
  // A copy, as what a loss of one's own is as data is an error.
  return JSON.stringify([{ ...loss }, formulas.get(loss.formula)]);
}

/** How many losses stay open at least. A session holds half a megabyte, and the suite asks for some two thousand losses. */
const KEPT = 128;

/**
 * A backend of one dtype. Losses are compiled once each, and the ones not asked for lately given back.
 *
 * @param {'float16' | 'float32' | 'float64'} dtype
 * @param {import('@focal-loss/onnxruntime').CompileOptions & Partial<import('@focal-loss/conformance').Backend>} options
 */
export function backend(
  dtype,
  { name = `onnxruntime ${dtype}`, device, unavailable, largest, supports, xfail = [], ...options } = {},
) {
  const compiled = new Map();
  const open = async (loss) => {
    const key = keyOf(loss);
    const known = compiled.get(key) ?? compile(loss, { dtype, sessionOptions: { intraOpNumThreads: 1 }, ...options });
    compiled.delete(key);
    compiled.set(key, known);
    if (compiled.size > 2 * KEPT) await close(KEPT);
    return known;
  };
  const close = async (kept) => {
    for (const [key, run] of [...compiled].slice(0, Math.max(0, compiled.size - kept))) {
      compiled.delete(key);
      await (await run).dispose();
    }
  };
  return defineBackend({
    name,
    dtype,
    ...(device && { device }),
    ...(unavailable && { unavailable }),
    ...(largest && { largest }),
    supports: { ...everything, ...supports },
    xfail: dtype === 'float64' ? xfail : [...narrow, ...xfail],
    resources: () => compiled.size,
    async evaluate({ loss, logits, targets, shape, axis, weights, weightsShape, normalizer, wants }) {
      const run = await open(loss);
      if (wants.includes('posterior')) return { posterior: await run.posterior(logits, { shape, axis }) };
      const given = { shape, axis, weights, weightsShape, normalizer };
      if (wants.includes('hess')) return run.valueGradHess(logits, targets, given);
      if (wants.includes('grad')) return run.valueAndGrad(logits, targets, given);
      return { value: await run.value(logits, targets, given) };
    },
    close: () => close(0),
  });
}
