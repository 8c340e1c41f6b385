/**
 * Long calls whose entries are drawn from a few hundred of which the truth is known: what is asked of a size is that every entry
 * is met at its place and added up, and a reference that computes each of 70,000 entries anew takes longer than most backends.
 *
 * @module
 */
import { type Loss, reference } from '@focal-loss/core';
import type { Input } from '../vectors.ts';
import type { Draw } from './draw.ts';

/** More than any block of a kernel has, so that entries a block apart differ; prime. */
const units = 509;

/** A call that is drawn, and its truth. */
export interface Drawn {
  readonly loss: Loss;
  readonly input: Input;
  readonly value: number | Float64Array;
  readonly grad: Float64Array;
}

/** What the call of one size has. */
interface Wanted {
  readonly loss: Loss;
  /** Entries or rows. */
  readonly n: number;
  readonly shape?: readonly number[];
  /** One for each, or one for each place along the last axis. */
  readonly weights?: readonly number[] | undefined;
  /** The share of entries whose target is what the loss ignores. */
  readonly ignored: number;
}

/** Entries of a sigmoid, or rows of a softmax, each with the truth of its loss and slopes by each loss asked about. */
export class Pool {
  private readonly logits: readonly number[];
  private readonly targets: readonly number[];
  private readonly classes: number;
  private readonly draw: Draw;
  private readonly known = new Map<string, { value: Float64Array; grad: Float64Array }>();

  /**
   * @param logits Of all of them.
   * @param targets One for each.
   */
  constructor(draw: Draw, logit: (length: number) => number[], target: () => number, classes = 1) {
    this.draw = draw;
    this.classes = classes;
    this.logits = logit(units * classes);
    this.targets = Array.from({ length: units }, target);
  }

  /** A call of so many of them, and what core's reference makes of each, weighted, added up and divided as the loss says. */
  call({ loss, n, shape = this.classes > 1 ? [n, this.classes] : [n], weights, ignored }: Wanted): Drawn {
    const { classes, draw } = this;
    const known = this.of(loss);
    const logits = new Array<number>(n * classes);
    const targets = new Array<number>(n);
    const values = new Float64Array(n);
    const grad = new Float64Array(n * classes);
    let [count, ofWeights] = [0, 0];
    for (let i = 0; i < n; i++) {
      const unit = Math.floor(draw.next() * units);
      const isKept = ignored === 0 || draw.next() >= ignored;
      const weight = isKept ? (weights?.[i % weights.length] ?? 1) : 0;
      const factor = weight * alphaOf(loss, i, this.targets[unit]);
      count += Number(isKept);
      ofWeights += weight;
      targets[i] = isKept ? this.targets[unit] : (loss.ignoreIndex as number);
      values[i] = factor * known.value[unit];
      for (let c = 0; c < classes; c++) {
        logits[i * classes + c] = this.logits[unit * classes + c];
        grad[i * classes + c] = factor * known.grad[unit * classes + c];
      }
    }
    const divisor = loss.reduction !== 'mean' ? 1 : (loss.normalizer === 'weights' ? ofWeights : count) || 1;
    const perExample = n / shape[0];
    const value = {
      none: () => values,
      sum: () => sumOf(values),
      mean: () => sumOf(values) / divisor,
      example: () =>
        Float64Array.from({ length: shape[0] }, (_, i) => sumOf(values.subarray(i * perExample, (i + 1) * perExample))),
    }[loss.reduction]();
    if (divisor !== 1) for (let i = 0; i < grad.length; i++) grad[i] /= divisor;
    const broadcast = weights !== undefined && weights.length < n && { weightsShape: [1, weights.length] };
    return { loss, input: { logits, targets, shape, ...(weights && { weights }), ...broadcast }, value, grad };
  }

  private of(loss: Loss) {
    const key = JSON.stringify({ ...loss.params, smoothing: loss.labelSmoothing });
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const single: Loss = { ...loss, reduction: 'none', normalizer: 'count', alpha: undefined };
    const shape = this.classes > 1 ? [units, this.classes] : [units];
    const made = reference(single).valueAndGrad(this.logits, this.targets, { shape });
    const both = { value: made.value as Float64Array, grad: made.grad };
    this.known.set(key, both);
    return both;
  }
}

/** What α makes of the i-th entry, whose class is its place along the last axis: its hard label is a positive or a negative of it. */
const alphaOf = ({ alpha }: Loss, i: number, label: number): number =>
  typeof alpha === 'object' ? Math.abs(1 - label - alpha[i % alpha.length]) : 1;

const sumOf = (numbers: Float64Array) => numbers.reduce((sum, one) => sum + one, 0);
