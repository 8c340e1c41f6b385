// An engine as the suite sees it: the numbers of a call become a table, and the query gives the answer.
import { classesBack, classesLast, layout, posteriorLayout, weightsOf } from '@focal-loss/core';
import { query } from '../dist/index.js';

/**
 * @param run (columns, sql) → rows, each a list of columns: `columns` are lists of numbers by name, for the table `t`, which stays while they are the same.
 * @returns {import('@focal-loss/conformance').Backend}
 */
export const backend = (name, dialect, run, more = {}) => ({
  name: `sql ${name}`,
  dtype: 'float64',
  largest: 2e4,
  ...more,
  supports: {
    ...{ rowTargets: true, labelSmoothing: true, axis: true, classAlpha: true, broadcastWeights: true },
    ...{ examples: true, hess: true, posterior: true, badInput: 'nan' },
    ...more.supports,
  },
  async evaluate({ loss, logits, targets, shape, axis, weights, weightsShape, normalizer, wants }) {
    const isTold = wants.includes('posterior');
    const at = isTold
      ? { targetRows: false, examples: 0, perExample: 1, ...posteriorLayout(loss, logits, { shape, axis }) }
      : layout(loss, logits, targets, { shape, axis, weights, weightsShape, normalizer });
    const { rows, classes, categories, examples, perExample, targetRows } = at;
    const softmax = loss.link === 'softmax';
    const n = rows * classes;
    const each = (of) => Float64Array.from({ length: n }, (_, i) => of(i));
    const columns = { id: each((i) => i), x: softmax ? classesLast(logits, at) : Float64Array.from(logits) };
    const names = { logits: 'x', dialect, from: 't' };
    if (!isTold) {
      const y = targetRows ? classesLast(targets, at) : targets;
      columns.y = each((i) => y[targetRows ? i : Math.floor(i / classes)]);
      names.targets = 'y';
      if (targetRows) names.targetRows = true;
      const own = weights && weightsOf(at, weights);
      if (own) {
        columns.w = each((i) => own[Math.floor(i / classes)]);
        names.weights = 'w';
      }
      if (normalizer !== undefined) names.normalizer = normalizer;
    }
    if (softmax) {
      columns.r = each((i) => Math.floor(i / classes));
      columns.k = each((i) => i % classes);
      Object.assign(names, { row: 'r', class: 'k' });
    } else if (typeof loss.alpha === 'object') {
      columns.c = each((i) => Math.floor(i / categories.inner) % categories.count);
      names.classes = 'c';
    }
    // One table for all parts that are asked for.
    if (wants.includes('value') && loss.reduction === 'example')
      columns.g = each((i) => Math.floor(i / classes / perExample));
    const answer = {};
    for (const part of wants) {
      const isSum = part === 'value' && loss.reduction !== 'none';
      const byExample = part === 'value' && loss.reduction === 'example';
      const asked = { ...names, part, ...(byExample && { example: 'g' }), ...(!isSum && { keep: ['id'] }) };
      const found = await run(columns, query(loss, asked));
      const number = (value) => (value === null ? Number.NaN : Number(value));
      if (byExample) {
        // Of an example without entries there is no row.
        const sums = new Map(found.map(([example, value]) => [Number(example), number(value)]));
        answer[part] = Float64Array.from({ length: examples }, (_, i) => sums.get(i) ?? 0);
      } else if (isSum) answer[part] = number(found[0][0]);
      else {
        const list = found
          .map(([id, value]) => [Number(id), number(value)])
          .sort(([a], [b]) => a - b)
          .map(([, value]) => value);
        answer[part] = softmax && part !== 'value' ? classesBack(Float64Array.from(list), at) : list;
      }
    }
    return answer;
  },
});
