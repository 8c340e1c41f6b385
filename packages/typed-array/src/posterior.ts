import {
  checkTold,
  identifiers,
  jet,
  type Logged,
  type Loss,
  logBalance,
  logOf,
  logs,
  numbers,
  type PosteriorOptions,
  posterior,
  posteriorLayout,
  type Text,
  textOps,
} from '@focal-loss/core';
import { checkLogits, gatherRows, type Logits, type ResultArray, resultArray, scatterRows } from './arrays.ts';
import { type Node, nodesOf, type Steps, steps } from './float64/steps.ts';
import { BLOCK, loadCategories, newLanes } from './lanes.ts';
import { checkMemory } from './memory/owners.ts';
import { numbersOf } from './program.ts';
import { combiner, rowsOf } from './softRows.ts';

/** Turns the logits of `n` rows, classes last, into logits of η; at a softmax into log η. */
type Told = (n: number, lane: Float64Array) => Float64Array;

/**
 * Posteriors for all kinds of arrays, block by block; see core's `posterior`.
 *
 * @returns A function (logits, options?) → probabilities. It throws a {@link FocalLossError} naming what does not fit, or
 *   with the reason why the loss tells no probability.
 */
export function posteriorOf(loss: Loss): <L extends Logits>(logits: L, options?: PosteriorOptions) => ResultArray<L> {
  const { link, alpha } = loss;
  const listed = link === 'sigmoid' && typeof alpha === 'object' ? alpha : undefined;
  const category = new Uint32Array(BLOCK);
  const toProbability = link === 'sigmoid' ? numbers.sigmoid : Math.exp;

  return (logits, given = {}) => {
    checkLogits(loss, logits);
    checkMemory(loss.name, { logits });
    checkTold(loss);
    const at = posteriorLayout(loss, logits, given);
    const { rows, classes, logit } = at;
    // α multiplies the odds of each class: that of a list is left out, and added to the logits.
    const told = toldBy(listed === undefined ? loss : ({ ...loss, alpha: undefined } as Loss), classes);
    const made = resultArray(logits, logits.length);
    const block = rowsOf(classes);
    const lane = new Float64Array(block * classes);
    for (let first = 0; first < rows; first += block) {
      const n = Math.min(block, rows - first);
      gatherRows(logits, at, first, n, lane);
      const logs = told(n, lane);
      if (listed !== undefined) {
        loadCategories({ categories: at.categories, start: 0 }, first, n, category);
        for (let i = 0; i < n; i++) logs[i] += logBalance(listed[category[i]]);
      }
      if (!logit) for (let i = 0; i < n * classes; i++) logs[i] = toProbability(logs[i]);
      scatterRows(logs, at, n, made, first);
    }
    return made;
  };
}

/** By a program of the loss; what meets logits that it has no numbers for, by core. */
function toldBy(loss: Loss, classes: number): Told {
  const byCore = posterior(loss);
  const slow: Told = (n, lane) =>
    byCore(lane.subarray(0, n * classes), { shape: classes === 1 ? [n] : [n, classes], logit: true });
  const { link, alpha } = loss;
  const run = programOf(loss);
  const lanes = newLanes(Math.max(BLOCK, classes));
  const { margins } = combiner(classes);
  return (n, lane) => {
    const count = n * classes;
    const { x, value } = lanes;
    if (link === 'sigmoid') x.set(lane.subarray(0, count));
    else margins(lane, n, lanes);
    run(count, lanes);
    if (link === 'softmax') for (let i = 0; i < n; i++) normalise(value, i * classes, classes, alpha);
    else if (typeof alpha === 'number') for (let i = 0; i < n; i++) value[i] += logBalance(alpha);
    for (let i = 0; i < count; i++) if (!(Math.abs(value[i]) < Infinity)) return slow(n, lane);
    return value;
  };
}

/**
 * What a posterior is made of, by core's `posteriorLogits`, from `x` and `low` into `value`: at a sigmoid the logit of η but for α, at a
 * softmax log η of a class but for α and a number that all classes share.
 */
function programOf({ formula, params, literals, link }: Loss): Steps {
  const numbers = numbersOf({ params, literals });
  const keys = Object.keys(params);
  const names = identifiers(keys);
  return steps((builder) => {
    const inputs: Record<string, Node> = { x: builder.lane('x'), low: builder.lane('low') };
    for (const key of keys) inputs[names[key]] = builder.constant(params[key]);
    const [told] = nodesOf(builder, inputs, (syntax) => {
      const { ops, program } = textOps(syntax, Object.keys(inputs));
      const l = logs(ops);
      const given = (key: string): Logged<Text> =>
        key in numbers
          ? l.constant(numbers[key])
          : { value: { code: names[key] }, ...(params[key] > 0 && { sign: 1 as const }) };
      const at = jet(formula, l, Object.fromEntries(keys.map((key) => [key, given(key)])), 1);
      const x: Text = link === 'sigmoid' ? { code: 'x' } : { code: 'x', low: 'low' };
      const slope = (y: 0 | 1) => logOf(ops, at({ value: x }, l.constant(y))[1]);
      const flat = () => ops.neg(ops.add(ops.softplus(x), ops.softplus(ops.neg(x))));
      return program([ops.sub(link === 'sigmoid' ? slope(0) : flat(), slope(1))]);
    });
    return [['value', builder.op('add', told, builder.constant(0))]];
  });
}

/** Logarithms of what has the ratios of probabilities into those of probabilities. */
function normalise(lane: Float64Array, from: number, classes: number, alpha: Loss['alpha']): void {
  let largest = -Infinity;
  for (let c = 0; c < classes; c++) {
    if (typeof alpha === 'object') lane[from + c] -= Math.log(alpha[c]);
    largest = Math.max(largest, lane[from + c]);
  }
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    lane[from + c] -= largest;
    sum += Math.exp(lane[from + c]);
  }
  const log = Math.log(sum);
  for (let c = 0; c < classes; c++) lane[from + c] -= log;
}
