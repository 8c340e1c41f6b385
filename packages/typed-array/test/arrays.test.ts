import { reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.ts';

const logits = [2, -1, 0.5, -3, 7];
const targets = [1, 0, 1, 1, 0];
const sum = sigmoidFocal({ reduction: 'sum' });
const run = compile(sum);
const expected = reference(sum).valueAndGrad(logits, targets);

function close(got: ArrayLike<number>, want: ArrayLike<number>, digits = 6): void {
  for (let i = 0; i < want.length; i++) expect(got[i]).toBeCloseTo(want[i], digits);
}

describe('arrays that may come in', () => {
  it.each([
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
  ])('targets in a %o', (Kind) => {
    expect(run.value(new Float64Array(logits), new Kind(targets))).toBeCloseTo(expected.value as number, 14);
  });

  it('targets in a BigInt64Array, as int64 labels come from ONNX Runtime', () => {
    expect(run.value(new Float64Array(logits), BigInt64Array.from(targets, BigInt))).toBeCloseTo(
      expected.value as number,
      14,
    );
  });

  it('targets as booleans', () => {
    expect(run.value(new Float64Array(logits), targets.map(Boolean))).toBeCloseTo(expected.value as number, 14);
  });

  it('logits as plain numbers are float64', () => {
    const { value, grad } = run.valueAndGrad(logits, targets);
    expect(value).toBeCloseTo(expected.value as number, 14);
    expect(grad).toBeInstanceOf(Float64Array);
  });

  it('views with an offset', () => {
    const view = Float32Array.from([9, 9, ...logits, 9]).subarray(2, 7);
    const labels = Uint8Array.from([9, ...targets, 9]).subarray(1, 6);
    expect(run.value(view, labels)).toBeCloseTo(expected.value as number, 5);
  });

  it('memory that is shared between threads', () => {
    const shared = new Float64Array(new SharedArrayBuffer(8 * logits.length));
    shared.set(logits);
    const grad = new Float64Array(new SharedArrayBuffer(8 * logits.length));
    run.valueAndGrad(shared, targets, { grad });
    close(grad, expected.grad, 14);
  });

  it.runIf('Float16Array' in globalThis)(
    'Float16Array logits give a float32 gradient (not run where the runtime has none)',
    () => {
      const Float16 = (globalThis as never as { Float16Array: typeof Float32Array }).Float16Array;
      const { value, grad } = run.valueAndGrad(new Float16(logits), targets);
      expect(value).toBeCloseTo(expected.value as number, 6);
      expect(grad).toBeInstanceOf(Float32Array);
    },
  );

  it('no logits at all', () => {
    expect(run.valueAndGrad(new Float32Array(0), [])).toEqual({ value: 0, grad: new Float32Array(0) });
    expect(compile(sigmoidFocal()).value(new Float32Array(0), [])).toBe(0);
    expect(compile(softmaxFocal()).value(new Float32Array(0), [], { shape: [0, 3] })).toBe(0);
  });

  it('examples without entries, of which there were no sums, not sums of 0', () => {
    const sums = compile(sigmoidFocal({ reduction: 'example' }));
    const value = new Float32Array(3).fill(7);
    expect(sums.value(new Float32Array(0), [], { shape: [3, 0], value })).toEqual(new Float32Array(3));
  });
});

describe('the gradient', () => {
  it('goes into the array that is given, and only there', () => {
    const grad = new Float32Array(8).subarray(2, 7);
    const result = run.valueAndGrad(new Float32Array(logits), targets, { grad });
    expect(result.grad).toBe(grad);
    close(grad, expected.grad);
    expect([0, 1, 7].map((i) => new Float32Array(grad.buffer)[i])).toEqual([0, 0, 0]);
  });

  it('may overwrite the logits', () => {
    const inPlace = new Float64Array(logits);
    run.valueAndGrad(inPlace, targets, { grad: inPlace });
    close(inPlace, expected.grad, 14);
    const loss = softmaxFocal();
    const rows = new Float64Array(3000).map((_, i) => Math.sin(i));
    const labels = Array.from({ length: 1000 }, (_, i) => i % 3);
    const want = reference(loss).valueAndGrad(rows, labels, { shape: [1000, 3] });
    compile(loss).valueAndGrad(rows, labels, { shape: [1000, 3], grad: rows });
    close(rows, want.grad, 14);
  });

  it('is refused where it would be written over logits not yet read (they gave wrong numbers)', () => {
    const memory = new Float32Array(15_000);
    const call = () =>
      run.valueAndGrad(memory.subarray(0, 10_000), new Uint8Array(10_000), { grad: memory.subarray(5_000) });
    expect(call).toThrow(/grad got .* takes memory that overlaps no input, or exactly the memory of one/);
  });

  it('leaves what it lies over untouched if a target is bad, far behind as it may be', () => {
    const memory = new Float32Array(10_000).fill(7);
    const targets = new Uint8Array(10_000);
    targets[9_999] = 2;
    expect(() => run.valueAndGrad(memory, targets, { grad: memory })).toThrow(/targets\[9999\] got 2/);
    expect(memory.every((number) => number === 7)).toBe(true);
  });

  it('is written without memory that grows with the input', () => {
    const n = 1_000_000;
    const big = new Float32Array(n).map((_, i) => Math.sin(i) * 5);
    const labels = new Uint8Array(n);
    const grad = new Float32Array(n);
    run.valueAndGrad(big, labels, { grad });
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 10; i++) run.valueAndGrad(big, labels, { grad });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(n);
  });
});

describe('large inputs', () => {
  it('sums of ten million float32 losses keep six digits (float32 accumulation stops growing at 2²⁴ terms of 1)', () => {
    const n = 10_000_000;
    const easy = new Float32Array(n).fill(-2.5);
    const one = reference(sum).value([-2.5], [0]) as number;
    const value = run.value(easy, new Uint8Array(n));
    expect(Math.abs(value / (n * one) - 1)).toBeLessThan(2e-7);
  });

  it('rows longer than a block', () => {
    const classes = 5000;
    const rows = new Float64Array(2 * classes).map((_, i) => Math.sin(i) * 3);
    const loss = softmaxFocal();
    const options = { shape: [2, classes] };
    const want = reference(loss).valueAndGrad(rows, [3, 4999], options);
    const got = compile(loss).valueAndGrad(rows, [3, 4999], options);
    expect(got.value).toBeCloseTo(want.value as number, 14);
    close(got.grad, want.grad, 14);
  });
});
