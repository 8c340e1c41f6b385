import { FocalLossError, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { allocate, compile, engines, free } from '../src/index.ts';
import { expectSame } from './same.ts';

const rows = 1500;
const logits = Float32Array.from({ length: 2 * rows }, (_, i) => 3 * Math.sin(i));
const others = Float32Array.from(logits, (_, i) => 9 * Math.cos(i));
const labels = Array.from(logits, (_, i) => i & 1);

/** An array that does something when its eighth entry is read. */
const watched = (array: readonly number[], act: () => void): number[] =>
  new Proxy([...array], {
    get(target, key) {
      if (key === '7') act();
      return Reflect.get(target, key);
    },
  });

const transfer = ({ buffer }: Float32Array) => void structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });

describe.each(engines())('%s: calls as only strangers make them', (engine) => {
  const sigmoid = compile(sigmoidFocal(), { engine });
  const softmax = compile(softmaxFocal(), { engine });

  it('an array whose entries are getters that make another call: both get their own numbers (each overwrote the other’s)', () => {
    const within = () => void sigmoid.valueAndGrad(others, new Uint8Array(2 * rows));
    const want = sigmoid.valueAndGrad(logits, labels);
    expectSame(sigmoid.valueAndGrad(logits, watched(labels, within)), want);
    const weights = labels.map(() => 1.5);
    const weighted = sigmoid.valueAndGrad(logits, labels, { weights });
    expectSame(sigmoid.valueAndGrad(logits, labels, { weights: watched(weights, within) }), weighted);
    const plain = Array.from(logits);
    expectSame(sigmoid.valueAndGrad(watched(plain, within), labels), sigmoid.valueAndGrad(plain, labels));
    const shape = [rows, 2];
    const classes = labels.slice(0, rows);
    const other = () => void softmax.valueAndGrad(others, new Uint8Array(rows), { shape });
    expectSame(
      softmax.valueAndGrad(logits, watched(classes, other), { shape }),
      softmax.valueAndGrad(logits, classes, { shape }),
    );
  });

  it('what an entry says first is what counts: later it may be no class, a place anywhere in memory', () => {
    const shape = [rows, 2];
    const classes = labels.slice(0, rows);
    const want = softmax.valueAndGrad(logits, classes, { shape });
    for (const later of [1e9, -5, 0.5, Number.NaN]) {
      let asked = 0;
      const changing = new Proxy(classes, {
        get: (target, key) => (key === '7' && asked++ > 0 ? later : Reflect.get(target, key)),
      });
      expectSame(softmax.valueAndGrad(logits, changing, { shape }), want);
    }
  });

  it.each([[[1, true, 0.5, 0]], [[0, 1n, 1, 0]], [[-0, 1, 1, 0.25]]])(
    'labels %s are the numbers they look like',
    (targets) => {
      const few = logits.subarray(0, 4);
      const want = sigmoid.valueAndGrad(few, Float64Array.from(targets as number[], Number));
      expectSame(sigmoid.valueAndGrad(few, targets), want);
    },
  );

  it.each(['1', null, undefined, Symbol('1'), { valueOf: () => 1 }])(
    'a label %s, which is no number, is refused with its place',
    (label) => {
      expect(() => sigmoid.value(logits.subarray(0, 3), [0, 1, label] as never)).toThrow(/targets\[2\] got NaN/);
      expect(() => sigmoid.value(logits.subarray(0, 3), [0, 0.5, label] as never)).toThrow(/targets\[2\] got NaN/);
    },
  );

  it('a getter that takes the memory of another array away is told so, by name', () => {
    const gone = logits.slice();
    expect(() =>
      sigmoid.value(
        gone,
        watched(labels, () => gone.length > 0 && transfer(gone)),
      ),
    ).toThrow(FocalLossError);
    const grad = logits.slice();
    expect(() =>
      sigmoid.valueAndGrad(
        logits,
        watched(labels, () => grad.length > 0 && transfer(grad)),
        { grad },
      ),
    ).toThrow(/grad got .*gone elsewhere/);
    const allocated = allocate(Float32Array, labels.length);
    expect(() =>
      sigmoid.value(
        allocated,
        watched(labels, () => free(allocated)),
      ),
    ).toThrow(/logits got .*freed/);
  });

  it('a posterior of memory that was freed or has gone is refused, as a loss is (it gave halves, or nothing)', () => {
    const freed = allocate(Float32Array, 8);
    free(freed);
    expect(() => sigmoid.posterior(freed)).toThrow(/logits got .*freed/);
    const gone = new Float32Array(2);
    transfer(gone);
    expect(() => sigmoid.posterior(gone)).toThrow(/logits got .*gone elsewhere/);
  });

  it('a Proxy around a typed array, which has no memory, is refused by name (it was a TypeError of the engine)', () => {
    const proxy = new Proxy(new Float32Array(2), {});
    const none = compile(sigmoidFocal({ reduction: 'none' }), { engine });
    expect(() => sigmoid.valueAndGrad(proxy, [0, 1])).toThrow(/logits got/);
    expect(() => sigmoid.valueAndGrad(new Float32Array(2), [0, 1], { grad: proxy })).toThrow(/grad got/);
    expect(() => none.valueAndGrad(new Float32Array(2), [0, 1], { value: proxy })).toThrow(/value got/);
  });

  it('a loss that is compiled again has its kernels already (float64 wrote a module for each)', () => {
    const { Module } = WebAssembly;
    let written = 0;
    const call = (gamma: number) => {
      const run = compile(sigmoidFocal({ gamma }), { engine });
      run.valueAndGrad(new Float64Array(4), labels.slice(0, 4));
      run.valueAndGrad(new Float32Array(4), new Uint8Array(4));
    };
    call(1.25);
    WebAssembly.Module = new Proxy(Module, {
      construct(target, args) {
        written++;
        return Reflect.construct(target, args);
      },
    });
    try {
      for (const gamma of [1.25, 1.5, 1.75]) call(gamma);
    } finally {
      WebAssembly.Module = Module;
    }
    expect(written).toBe(0);
  });
});

it('allocate names a length that is no number at all (a Symbol was a TypeError)', () => {
  expect(() => allocate(Float32Array, Symbol('many') as never)).toThrow(/allocate: length got Symbol\(many\)/);
});
