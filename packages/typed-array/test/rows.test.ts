import '../bench/relaxed.ts';
import { softmaxCrossEntropy, softmaxFocal, softmaxPoly } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { random } from '../../core/oracle/random.ts';
import { allocate, compile, engines } from '../src/index.ts';

const PROMISE = 1e-6;
/** Below it float32 has fewer digits. */
const TINY = 2 ** -120;

/** Numbers of class counts and rows around those of vectors, short rows and blocks. */
const CLASSES = [2, 3, 4, 5, 8, 9, 15, 31, 32, 33, 35, 64, 81, 700, 4095, 4096];
const ROWS = [1, 2, 3, 4, 5, 7, 8, 13];

interface Rows {
  readonly classes: number;
  readonly logits: Float32Array;
  readonly targets: Int32Array;
}

/** Rows whose others are, or one of them is, just within or just beyond what the sums of sums.ts are for. */
function atTheEnds(draw: () => number): Rows {
  const oneOf = <T>(list: readonly T[]) => list[Math.floor(draw() * list.length)];
  const [classes, rows] = [oneOf(CLASSES), oneOf(ROWS)];
  const logits = new Float32Array(rows * classes);
  const targets = Int32Array.from({ length: rows }, () => Math.floor(draw() * classes));
  for (let row = 0; row < rows; row++) {
    const own = oneOf([0, 0.3, -5, 20, 999.9, 1000, 1000.1, -1000, -999.99, 1e4, 3e38, -3e38, 1e-40, 88, -103]);
    const apart = oneOf([-61.5, -61, -60.6, 27, 27.1, 26.9, -27.7, -27.8, -28, -20, 0, 5, -100, 100, 80, -80]);
    for (let j = row * classes; j < (row + 1) * classes; j++) {
      logits[j] = own + apart + oneOf([0, 0, 1, draw(), -draw(), -30 * draw(), draw() * 1e-3]);
    }
    logits[row * classes + targets[row]] = own;
  }
  return { classes, logits, targets };
}

/** One of them is made none, infinite or next to it, with bits that an engine may take for something else. */
function withOneThatIsNone(draw: () => number): Rows {
  const given = atTheEnds(draw);
  const bits = new Uint32Array(given.logits.buffer);
  const at = Math.floor(draw() * bits.length);
  const nones = [0x7f800000, 0xff800000, 0x7fc00000, 0x7fc00001, 0xffc00000, 0xff800123, 0x7fffffff, 0xffc0004b];
  const huge = [3.4e38, -3.4e38, 1e30, -1e30, 12582912, -12582912, 1.5e7, -1.5e7, 8e6];
  if (draw() < 0.5) bits[at] = nones[Math.floor(draw() * nones.length)];
  else given.logits[at] = huge[Math.floor(draw() * huge.length)];
  return given;
}

/** Logits of any spread around any center, often with a label that is far above or below the others. */
function ordinary(draw: () => number): Rows {
  const oneOf = <T>(list: readonly T[]) => list[Math.floor(draw() * list.length)];
  const classes = oneOf(CLASSES.slice(0, -2));
  const rows = Math.ceil(oneOf([3000, 1001, 64]) / classes);
  const [spread, center] = [oneOf([0.01, 0.3, 1, 3, 6, 12, 30]), oneOf([0, 0, 0, 5, -20, 100, -900, 3000])];
  const normal = () => Math.sqrt(-2 * Math.log(draw() + 1e-12)) * Math.cos(2 * Math.PI * draw());
  const logits = Float32Array.from({ length: rows * classes }, () => center + spread * normal());
  const targets = Int32Array.from({ length: rows }, () => Math.floor(draw() * classes));
  const more = oneOf([0, 0, 5, 10, 15, 20, 30, -10, -20, -40]);
  targets.forEach((target, row) => {
    logits[row * classes + target] += more;
  });
  return { classes, logits, targets };
}

function worstOf(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    const isSame = Object.is(got[i], Math.fround(want[i])) || (Number.isNaN(got[i]) && Number.isNaN(want[i]));
    if (isSame) continue;
    const off = Math.abs(got[i] - want[i]) / Math.max(Math.abs(want[i]), TINY);
    worst = Math.max(worst, Number.isNaN(off) ? Infinity : off);
  }
  return worst;
}

const kinds = { atTheEnds, withOneThatIsNone, ordinary };

describe.each(engines().filter((engine) => engine !== 'javascript'))('%s: softmax rows', (engine) => {
  it.each([
    ['of others e^-61 and e^27 of the own logit, and of own logits up to 1000', 'atTheEnds', 300],
    ['with a logit that is none, infinite or a large number, of any bits', 'withOneThatIsNone', 300],
    ['of any spread, center and confidence, up to γ = 5 (9.9e-7 where the largest had a share of 1)', 'ordinary', 150],
  ] as const)('%s are what float64 gives', (_, kind, calls) => {
    const draw = random(61);
    for (let call = 0; call < calls; call++) {
      const { classes, logits, targets } = kinds[kind](draw);
      const loss = softmaxFocal({ gamma: [0, 1, 2, 2.5, 3, 5][call % 6], reduction: 'none' });
      const options = { shape: [targets.length, classes] };
      const want = compile(loss).valueGradHess(Float64Array.from(logits), targets, options);
      const run = compile(loss, { engine });
      const got = run.valueGradHess(logits, targets, options);
      const both = run.valueAndGrad(logits, targets, options);
      const text = `call ${call}, ${classes} classes, ${targets.length} rows, γ = ${loss.params.gamma}`;
      for (const value of [run.value(logits, targets, options), both.value, got.value]) {
        expect(worstOf(value, want.value), text).toBeLessThan(PROMISE);
      }
      for (const grad of [both.grad, got.grad]) expect(worstOf(grad, want.grad), text).toBeLessThan(PROMISE);
      // Of a power above 0 curvatures are differences.
      if (loss.params.gamma === 0) expect(worstOf(got.hess, want.hess), text).toBeLessThan(PROMISE);
    }
  });

  it('many classes that are each too little to be seen beside one are seen together (of 31 in float32 none was)', () => {
    const [classes, rows] = [32, 4];
    const logits = new Float32Array(rows * classes).fill(-17.4);
    const targets = new Int32Array(rows);
    for (let row = 0; row < rows; row++) {
      logits[row * classes] = 3;
      logits[row * classes + 1] = 0;
    }
    const loss = softmaxFocal({ gamma: 5, reduction: 'none' });
    const options = { shape: [rows, classes] };
    const want = compile(loss).value(Float64Array.from(logits), targets, options);
    expect(worstOf(compile(loss, { engine }).value(logits, targets, options), want)).toBeLessThan(4e-7);
  });

  it('rows in the memory of the kernels are read where they lie, to the last one, and left as they are', () => {
    const draw = random(4);
    for (const classes of [2, 7, 31, 33, 81, 1000]) {
      for (const rows of [1, 2, 3, 4, 50, 51, 53]) {
        const logits = allocate(Float32Array, rows * classes);
        logits.forEach((__, i) => {
          logits[i] = 10 * draw() - 5;
        });
        const [targets, before] = [new Int32Array(rows).fill(classes - 1), logits.slice()];
        const run = compile(softmaxCrossEntropy({ reduction: 'none' }), { engine });
        const options = { shape: [rows, classes] };
        const copied = run.valueGradHess(before, targets, options);
        const here = run.valueGradHess(logits, targets, { ...options, grad: allocate(Float32Array, rows * classes) });
        for (const part of ['value', 'grad', 'hess'] as const) expect([...here[part]]).toEqual([...copied[part]]);
        expect([...logits]).toEqual([...before]);
      }
    }
  });

  it.each([-1e9, -3e38, -105, -103.5, -90, -84, -79.9])('a class masked by %s is as in float64', (mask) => {
    const draw = random(9);
    for (const classes of [5, 31, 80, 81]) {
      const rows = 40;
      const targets = Int32Array.from({ length: rows }, () => Math.floor(draw() * classes));
      const logits = Float32Array.from({ length: rows * classes }, () => (draw() < 0.2 ? mask : 6 * draw() - 3));
      targets.forEach((target, row) => {
        logits[row * classes + target] = 1;
      });
      const loss = softmaxCrossEntropy({ reduction: 'none' });
      const options = { shape: [rows, classes] };
      const want = compile(loss).valueGradHess(Float64Array.from(logits), targets, options);
      const got = compile(loss, { engine }).valueGradHess(logits, targets, options);
      for (const part of ['value', 'grad', 'hess'] as const)
        expect(worstOf(got[part], want[part])).toBeLessThan(PROMISE);
    }
  });

  it('of two classes that have half each neither has most (seed 17 of the suite: their curvature was 1.7 % off)', () => {
    const [rows, classes] = [400, 3];
    const draw = random(17);
    const logits = new Float32Array(rows * classes);
    for (let row = 0; row < rows; row++) logits.set([-3, 20 * draw() - 10], row * classes);
    for (let row = 0; row < rows; row++) logits[row * classes + 2] = logits[row * classes + 1];
    const loss = softmaxPoly({ epsilon: 1, reduction: 'none' });
    const options = { shape: [rows, classes] };
    const want = compile(loss).valueGradHess(Float64Array.from(logits), new Int32Array(rows), options);
    const { hess } = compile(loss, { engine }).valueGradHess(logits, new Int32Array(rows), options);
    for (let i = 0; i < hess.length; i++)
      if (i % classes > 0) expect(Math.abs(hess[i] / want.hess[i] - 1)).toBeLessThan(2e-6);
  });

  it('tiny weights leave the slopes of the others their digits, whatever the own logit', () => {
    const [rows, classes] = [4, 40];
    const logits = new Float32Array(rows * classes).map((__, i) => (i % classes === 0 ? -26 : (i % 5) / 4));
    const weights = [1e-36, 1e-30, 1e-37, 1e-34];
    const run = compile(softmaxCrossEntropy({ reduction: 'sum' }), { engine });
    const wide = compile(softmaxCrossEntropy({ reduction: 'sum' }));
    const options = { shape: [rows, classes], weights };
    const want = wide.valueAndGrad(Float64Array.from(logits), new Int32Array(rows), options);
    const got = run.valueAndGrad(logits, new Int32Array(rows), options);
    for (let i = 0; i < want.grad.length; i++) {
      if (Math.abs(want.grad[i]) > 2 ** -126) expect(Math.abs(got.grad[i] / want.grad[i] - 1)).toBeLessThan(PROMISE);
    }
  });
});
