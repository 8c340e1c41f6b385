import { checkTold, classesLast, type Loss, type PosteriorOptions, posterior, posteriorLayout } from '@focal-loss/core';
import { precisionOf } from '@focal-loss/onnx';
import { checkLogits, type Logits, lane, put } from './arrays.ts';
import { laidOut, resultsOf } from './call.ts';
import { type Machine, rowsOfChunk } from './chunks.ts';
import type { Sessions } from './sessions.ts';
import { inTurn } from './turns.ts';

/** From here on a graph takes a logit for a smaller one. */
const FAR = { float32: 2 ** 89, float64: 2 ** 899 };

/** The probabilities that the minimum of a loss stands for, chunk by chunk. */
export async function runPosterior(
  loss: Loss,
  given: Logits,
  options: PosteriorOptions,
  {
    runtime,
    sessions,
    dtype,
    onProcessor,
  }: Pick<Machine, 'runtime' | 'dtype' | 'onProcessor'> & { sessions: Sessions },
  usualAxis: number | undefined,
): Promise<Float32Array | Float64Array> {
  checkTold(loss);
  checkLogits(loss, given);
  const at = posteriorLayout(loss, given as ArrayLike<number>, options, usualAxis);
  const { rows, classes, inner, categories, logit } = at;
  const precision = precisionOf(dtype);
  const result = new (resultsOf(precision))(rows * classes);
  if (result.length === 0) return result;
  const logits = inner === 1 ? (given as ArrayLike<number>) : classesLast(given as ArrayLike<number>, at);
  const isList = loss.link === 'sigmoid' && typeof loss.alpha === 'object';
  const block = isList ? categories.count * categories.inner : 1;
  const shapeOf = (n: number) =>
    loss.link === 'softmax' ? [n, classes] : isList ? [n / block, categories.count, categories.inner] : [n];

  const session = await sessions.of({
    wants: logit ? 'logit' : 'posterior',
    weights: false,
    classes,
    targetRows: false,
  });
  const step = rowsOfChunk(onProcessor, classes, block);
  for (let from = 0; from < rows; from += step) {
    const n = Math.min(step, rows - from);
    const part = lane(logits, dtype, from * classes, n * classes);
    if (isFar(logits, from * classes, n * classes, FAR[precision])) {
      const exact = Float64Array.from({ length: n * classes }, (_, i) => logits[from * classes + i]);
      const place = loss.link === 'sigmoid' && !isList ? {} : { shape: shapeOf(n), axis: 1 };
      result.set(posterior(loss)(exact, { ...place, logit }), from * classes);
      continue;
    }
    const feeds = { logits: new runtime.Tensor(dtype as never, part as never, shapeOf(n)) };
    const out = await inTurn(runtime, () => session.run(feeds));
    put(out.posterior.data, result, from * classes);
  }
  return laidOut(result, { classes, inner });
}

/** Whether a logit of a chunk is too large for the graph, infinite or NaN. */
function isFar(logits: ArrayLike<number>, from: number, n: number, far: number): boolean {
  for (let i = from; i < from + n; i++) if (!(Math.abs(logits[i]) < far)) return true;
  return false;
}
