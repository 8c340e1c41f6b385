/**
 * Calls on arrays in the memory of the kernels beside the same calls on ordinary arrays, which are copied.
 *
 *     npm run bench -w @focal-loss/typed-array -- --memory
 */
import { sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/typed-array';
import { batch } from './data.ts';
import { duel } from './duel.ts';
import { LARGE } from './plan.ts';
import { inOurs } from './rivals/ours.ts';
import { type Batch, CLASSES } from './scenario.ts';

type Numbers = Float32Array | Uint8Array | Int32Array;

/** A table: labels and parts, and how long either way takes. */
export async function inPlace(): Promise<string[][]> {
  const detector = batch('sigmoid', LARGE);
  const classifier = batch('softmax', LARGE);
  const cases: readonly (readonly [string, Batch['logits'], Numbers, number])[] = [
    ['sigmoid, byte labels', detector.logits, Uint8Array.from(detector.targets), 1],
    ['sigmoid, float32 labels', detector.logits, Float32Array.from(detector.targets), 1],
    [`softmax of ${CLASSES}`, classifier.logits, Int32Array.from(classifier.targets), CLASSES],
  ];
  const lines = [['2²⁰ float32 logits, γ = 2', 'copied, ns', 'in place, ns', 'ratio', 'within a round']];
  for (const [name, logits, targets, classes] of cases) {
    const run = compile((classes === 1 ? sigmoidFocal : softmaxFocal)({ reduction: 'sum' }));
    const options = { shape: classes === 1 ? [logits.length] : [logits.length / classes, classes] };
    for (const wantGrad of [false, true]) {
      const [copied, here] = [false, true].map((inPlace) => {
        const [x, y] = inPlace ? [inOurs(logits), inOurs(targets)] : [logits, targets];
        const grad = inPlace ? inOurs(logits) : new Float32Array(logits.length);
        return () => (wantGrad ? run.valueAndGrad(x, y, { ...options, grad }) : run.value(x, y, options));
      });
      const part = wantGrad ? 'value and gradient' : 'value';
      lines.push([`${name}, ${part}`, ...(await duel(copied, here, logits.length))]);
    }
  }
  return lines;
}
