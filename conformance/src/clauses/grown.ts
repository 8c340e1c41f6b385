/**
 * Large calls whose truth is known: each is a small one, of which core's reference gives the truth, whose places along one axis come
 * again and again.
 *
 * @module
 */
import { denominatorFor, type Loss, layout, type Part, reference, weightsOf } from '@focal-loss/core';
import { allowances, sumAllowances } from '../compare.ts';
import type { Finding } from '../finding.ts';
import type { CheckedAnswer, Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import type { Draw } from './draw.ts';
import { along, classAxisOf, gathered, ofTargets } from './gather.ts';
import { placeOfLogit } from './place.ts';
import { whenAsked } from './scales.ts';
import { scalesOfCall, toleranceOf } from './scalesOfCall.ts';
import type { RandomCall } from './shrink.ts';

/** A call, and what sees whether an answer to it is right. */
export interface Judged {
  readonly loss: Loss;
  readonly input: Input;
  readonly wants: readonly Part[];
  /** Of all parts that are wanted, or of those named. */
  readonly judge: (got: CheckedAnswer, finding: Finding, parts?: readonly Part[]) => void;
}

/** Values and derivatives of single entries, or what they are reduced to. */
interface Parts<Value> {
  readonly value: Value;
  readonly grad: ArrayLike<number>;
  readonly hess: ArrayLike<number>;
}

/**
 * So many places out of a few. Here each is drawn, there one comes again and again, or only those of the first half: what is looked
 * up in the first entries, or decided chunk by chunk, is not the same everywhere.
 */
export function placesFor(draw: Draw, few: number, count: number): Uint32Array {
  const places = new Uint32Array(count);
  for (let i = 0; i < count; ) {
    const to = Math.min(count, i + 1 + Math.floor((draw.next() * count) / 2));
    const first = Math.floor(draw.next() * few);
    const [from, among] = draw.oneOf([0, few], [first, 1], [0, Math.ceil(few / 2)]);
    for (; i < to; i++) places[i] = from + Math.floor(draw.next() * among);
  }
  return places;
}

/** A small call with `places` along its `k`-th axis. */
export function grown(
  { factory, options, input: small }: RandomCall,
  k: number,
  places: Uint32Array,
  wants: readonly Part[],
  subject: Subject,
): Judged {
  const { link } = factory;
  const { offset: _, normalizer: __, logits, targets, ...call } = small;
  const { shape = [logits.length] } = small;
  const input = gathered(link, small, k, places);
  const loss = factory.make(options);
  const single = factory.make({ ...options, reduction: 'none', normalizer: undefined, background: undefined });
  const entries = ofTargets(link, shape, classAxisOf(small, shape.length), k);
  const made = ({ value, grad, hess }: Parts<ArrayLike<number>>) =>
    reduced(loss, input, {
      value: along(value, entries.shape, entries.at, places),
      grad: wants.includes('grad') ? along(grad, shape, k, places) : [],
      hess: wants.includes('hess') ? along(hess, shape, k, places) : [],
    });

  const run = reference(single);
  const order = wants.includes('hess') ? 2 : 1;
  const singles =
    order === 2 ? run.valueGradHess(logits, targets, call) : { ...run.valueAndGrad(logits, targets, call), hess: [] };
  const truth = made(singles as Parts<Float64Array>);
  const sizes = whenAsked(() => {
    const { value, grad, hess } = made(scalesOfCall(single, { logits, targets, ...call }, order));
    return {
      value: typeof value === 'number' ? [value] : Array.from(value),
      grad: Array.from(grad),
      hess: Array.from(hess),
    };
  });

  // Any order of summation will do, of losses and of what they are divided by.
  const { dtype, device } = subject;
  const ofSums = Math.max(1, sumAllowances[dtype] / (2 * allowances[dtype][device]));
  const beside = order === 2 ? 4 : 1;
  const factors = {
    value: loss.reduction === 'none' ? beside : beside * ofSums,
    grad: loss.reduction === 'mean' ? beside * ofSums : beside,
    hess: loss.reduction === 'mean' ? beside * ofSums : beside,
  };
  const tolerance = toleranceOf(subject, input);
  return {
    loss,
    input,
    wants,
    judge(got, finding, parts = wants) {
      for (const part of ['value', 'grad', 'hess'] as const) {
        if (!parts.includes(part)) continue;
        const scale = (index: number) => factors[part] * sizes[part](index);
        const place = part === 'value' ? {} : { place: placeOfLogit(input) };
        finding.compare(part, got[part], truth[part], { scale, tolerance, ...place });
      }
    },
  };
}

/** What becomes of the values and slopes of single entries: they are added up, and divided. */
function reduced(loss: Loss, input: Input, { value, grad, hess }: Parts<number[]>): Parts<number | number[]> {
  const { logits, targets, offset: _, ...options } = input;
  const at = layout(loss, logits, targets, options);
  // Where there is nothing to divide by, all is 0.
  const divisor =
    (loss.reduction === 'mean' && denominatorFor(loss, at, targets, weightsOf(at, input.weights), input.normalizer)) ||
    1;
  const each = (i: number) => sumOf(value, i * at.perExample, (i + 1) * at.perExample);
  const divided = (numbers: ArrayLike<number>) =>
    divisor === 1 ? numbers : Float64Array.from(numbers, (number) => number / divisor);
  return {
    value: {
      none: () => value,
      sum: () => sumOf(value, 0, value.length),
      mean: () => sumOf(value, 0, value.length) / divisor,
      example: () => Array.from({ length: at.examples }, (_, i) => each(i)),
    }[loss.reduction](),
    grad: divided(grad),
    hess: divided(hess),
  };
}

function sumOf(numbers: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += numbers[i];
  return sum;
}
