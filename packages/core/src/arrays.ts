import { carrying, type Scalar, sumLow } from './carried.ts';
import type { Layout } from './inputs.ts';
import { numbers, TINY } from './numbers.ts';
import { accumulator } from './reduction.ts';
import { shareOf } from './softmax.ts';
import type { TensorOps } from './tensor.ts';

/** float64 numbers in rows and columns, each perhaps with what rounding took from it. A size of 1 broadcasts. */
export interface Table {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
  readonly low?: Float64Array | undefined;
  /** The one number of a constant. */
  readonly literal?: number;
  /** What it is the sigmoid of. */
  readonly logit?: Table;
}

/** A table of its own numbers. */
export const table = (data: Float64Array, rows = data.length, columns = 1): Table => ({ rows, columns, data });

/** One number. */
export const scalar = (literal: number): Table => ({ rows: 1, columns: 1, data: Float64Array.of(literal), literal });

/** An operation on single numbers, done for all of them. */
function each(op: (...numbers: number[]) => number, ...tables: readonly Table[]): Table {
  const [rows, columns] = [size(tables, 'rows'), size(tables, 'columns')];
  const data = new Float64Array(rows * columns);
  const n = data.length;
  const [a, b, c] = tables.map((one) => spread(one, rows, columns));
  if (c) for (let i = 0; i < n; i++) data[i] = op(a[i], b[i], c[i]);
  else if (b) for (let i = 0; i < n; i++) data[i] = op(a[i], b[i]);
  else for (let i = 0; i < n; i++) data[i] = op(a[i]);
  return tables.every(({ literal }) => literal !== undefined) ? scalar(data[0]) : { rows, columns, data };
}

/** {@link each} for arithmetic, most of what there is to do: with loops written out, which call nothing for each number. */
function arithmetic(op: '+' | '−' | '×', left: Table, right: Table): Table {
  const rows = left.rows === 1 ? right.rows : left.rows;
  const columns = left.columns === 1 ? right.columns : left.columns;
  const [a, b] = [spread(left, rows, columns), spread(right, rows, columns)];
  const n = rows * columns;
  const data = new Float64Array(n);
  if (op === '+') for (let i = 0; i < n; i++) data[i] = a[i] + b[i];
  else if (op === '−') for (let i = 0; i < n; i++) data[i] = a[i] - b[i];
  else for (let i = 0; i < n; i++) data[i] = a[i] * b[i];
  const isLiteral = left.literal !== undefined && right.literal !== undefined;
  return isLiteral ? scalar(data[0]) : { rows, columns, data };
}

/** The numbers of a table in the size that it broadcasts to. */
function spread({ data, rows, columns }: Table, ofRows: number, ofColumns: number): Float64Array {
  if (rows === ofRows && columns === ofColumns) return data;
  const all = new Float64Array(ofRows * ofColumns);
  if (rows === 1 && columns === 1) return all.fill(data[0]);
  for (let i = 0; i < ofRows; i++) {
    if (rows === 1) all.set(data, i * ofColumns);
    else all.fill(data[i], i * ofColumns, (i + 1) * ofColumns);
  }
  return all;
}

/** As {@link each}, for operations that read rounding errors where there are any. */
const eachOf = (name: 'neg' | 'softplus' | 'sigmoid', a: Table): Table =>
  a.low === undefined ? each(numbers[name], a) : eachCarried(carrying[name], a);

/** For operations that read or make rounding errors. */
function eachCarried(op: (...numbers: Scalar[]) => Scalar, ...tables: readonly Table[]): Table {
  const [rows, columns] = [size(tables, 'rows'), size(tables, 'columns')];
  const data = new Float64Array(rows * columns);
  let low: Float64Array | undefined;
  const values = tables.map((one) => spread(one, rows, columns));
  const lows = tables.map((one) => one.low && spread({ ...one, data: one.low }, rows, columns));
  const scalarAt = (k: number, i: number): Scalar => {
    if (k >= tables.length) return 0;
    const low = lows[k];
    return low === undefined ? values[k][i] : { value: values[k][i], low: low[i] };
  };
  for (let i = 0; i < data.length; i++) {
    const made = op(scalarAt(0, i), scalarAt(1, i), scalarAt(2, i));
    if (typeof made === 'number') data[i] = made;
    else {
      low ??= new Float64Array(data.length);
      data[i] = made.value;
      low[i] = made.low;
    }
  }
  return { rows, columns, data, low };
}

const size = (tables: readonly Table[], of: 'rows' | 'columns') =>
  tables.reduce((most, one) => (one[of] === 1 ? most : one[of]), 1);

/** A number for each row, made of all it has. */
function eachRow({ rows, columns, data }: Table, op: (row: Float64Array) => number): Table {
  return table(Float64Array.from({ length: rows }, (_, i) => op(data.subarray(i * columns, (i + 1) * columns))));
}

/** Rows as long as those of a table, filled in one by one; each has a number of its own. */
function byRow(
  { rows, columns }: Table,
  ofRow: Table,
  fill: (row: Float64Array, own: number, i: number) => void,
): Table {
  const data = new Float64Array(rows * columns);
  const own = spread(ofRow, rows, 1);
  for (let i = 0; i < rows; i++) fill(data.subarray(i * columns, (i + 1) * columns), own[i], i);
  return { rows, columns, data };
}

function sum(terms: Float64Array): number {
  const total = accumulator();
  for (const term of terms) total.add(term);
  return total.total();
}

/** σ(x)^p, also where σ(x) is no normal number and a small power of it is: the power of a root that is one, e^(x/c). */
function powerOfSigmoid(sigmoid: number, p: number, x: number): number {
  if (!(x < -700 && x > -Infinity)) return sigmoid ** p;
  const c = 2 ** Math.ceil(Math.log2(x / -350));
  return Math.exp(x / c) ** (c * p);
}

/** The algebra of a whole call on tables of float64 numbers: what the reference is made of. */
export const tables: TensorOps<Table> = {
  tiny: TINY,
  // 2^500.
  far: 3.273390607896142e150,
  constant: scalar,
  target: scalar,
  literal: (a) => a.literal,
  add: (a, b) => arithmetic('+', a, b),
  sub: (a, b) => arithmetic('−', a, b),
  mul: (a, b) => arithmetic('×', a, b),
  div: (a, b) => each(numbers.div, a, b),
  neg: (a) => eachOf('neg', a),
  abs: (a) => each(Math.abs, a),
  sign: (a) => each(Math.sign, a),
  max: (a, b) => each(Math.max, a, b),
  exp: (a) => each(numbers.exp, a),
  log: (a) => each(numbers.log, a),
  log1p: (a) => each(numbers.log1p, a),
  softplus: (a) => eachOf('softplus', a),
  sigmoid: (a) => ({ ...eachOf('sigmoid', a), ...(a.low === undefined && { logit: a }) }),
  pow: (a, p) => (a.logit === undefined ? each(numbers.pow, a, p) : each(powerOfSigmoid, a, p, a.logit)),
  affine: (a, x, b) => eachCarried(carrying.affine, a, x, b),
  where: (test, a, b) => each((test, a, b) => (test > 0 ? a : b), test, a, b),
  detach: (a) => a,

  less: (a, b) => each((a, b) => (a < b ? 1 : 0), a, b),
  equal: (a, b) => each((a, b) => (a === b ? 1 : 0), a, b),
  choose: (truth, a, b) =>
    a.low === undefined && b.low === undefined
      ? each((truth, a, b) => (truth === 1 ? a : b), truth, a, b)
      : eachCarried((truth, a, b) => (truth === 1 ? a : b), truth, a, b),
  probability: (a) => each((a) => (a >= 0 && a <= 1 ? a : Number.NaN), a),
  ones: ({ data }) => table(new Float64Array(data.length).fill(1)),

  oneHot: (logits, classes) =>
    byRow(logits, classes, (row, t) => {
      if (Number.isInteger(t) && t >= 0 && t < row.length) row[t] = 1;
      else row.fill(Number.NaN);
    }),
  near: (logits, places) =>
    byRow(logits, places, (row, place) => {
      if (!(place >= 0 && place <= row.length - 1)) row.fill(Number.NaN);
      else
        for (
          let j = 0;
          j < row.length;
          j++ // By its neighbours: 1 − |j − place| loses the digits of a place near 0.
        )
          row[j] = Math.max(Math.min(j + 1 - place, place - (j - 1)), 0);
    }),
  classes: ({ columns }) => scalar(columns),
  first: ({ rows, columns, data }) =>
    byRow({ rows, columns, data }, scalar(0), (row, _, i) => {
      const own = data.subarray(i * columns, (i + 1) * columns);
      row[own.reduce((best, x, j) => (x > own[best] ? j : best), 0)] = 1;
    }),
  sumOthers: ({ rows, columns, data }) =>
    byRow({ rows, columns, data }, scalar(0), (row, _, i) => {
      const own = data.subarray(i * columns, (i + 1) * columns);
      // The largest is left out of a sum of its own; the others are no more than half of the sum of all.
      const most = own.reduce((best, x, j) => (Math.abs(x) > Math.abs(own[best]) ? j : best), 0);
      const [total, others] = [sum(own), sum(own.filter((_, j) => j !== most))];
      for (let j = 0; j < row.length; j++) row[j] = j === most ? others : total - own[j];
    }),

  hot: (logits, classes) =>
    byRow(logits, classes, (row, t) => {
      if (t in row) row[t] = 1;
    }),
  pick(a, hot) {
    const at = spread(a, hot.rows, hot.columns);
    return table(
      Float64Array.from({ length: hot.rows }, (_, i) => {
        const place = hot.data.subarray(i * hot.columns, (i + 1) * hot.columns).indexOf(1);
        return place < 0 ? Number.NaN : at[i * hot.columns + place];
      }),
    );
  },
  maxRow: (a) => eachRow(a, (row) => row.reduce((most, x) => Math.max(most, x), -Infinity)),
  sumRow: (a) => eachRow(a, sum),
  share: (a, b) => each(shareOf, a, b),
  difference: (a, b) =>
    eachCarried(
      (a, b) => {
        const [x, lost] = typeof a === 'number' ? [a, 0] : [a.value, a.low];
        const value = x - (b as number);
        const low = sumLow(x, -(b as number), value) + lost;
        return Number.isFinite(low) ? { value, low } : value;
      },
      a,
      b,
    ),
  column: (a) => a,
  entries: (a) => a,
  sumEach: (a) => a,
  sumAll: ({ data }) => table(Float64Array.of(sum(data))),
};

/** The same for a call of so many examples, each of so many entries. */
export const tablesOf = ({ examples, perExample }: Pick<Layout, 'examples' | 'perExample'>): TensorOps<Table> => ({
  ...tables,
  sumEach: ({ data }) =>
    table(Float64Array.from({ length: examples }, (_, i) => sum(data.subarray(i * perExample, (i + 1) * perExample)))),
});
