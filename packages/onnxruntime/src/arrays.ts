import { FocalLossError, fromFloat16Bits, type Loss, toFloat16Bits } from '@focal-loss/core';
import type { Dtype } from '@focal-loss/onnx';

/** A `Float16Array`, where the runtime has it. */
export interface Float16ArrayLike {
  readonly [Symbol.toStringTag]: 'Float16Array';
  readonly length: number;
  [index: number]: number;
}

/** What logits may come in; they are rounded to the dtype of the compiled loss. */
export type Logits = Float32Array | Float64Array | Float16ArrayLike | readonly number[];

/** What targets and weights may come in: any array of numbers, also `Uint8Array`, `BigInt64Array`, booleans. */
export type NumericArray = ArrayLike<number | boolean | bigint>;

/** The array results come in: float64 for dtype `'float64'`, float32 for the others. */
export type ResultArray<D extends Dtype> = D extends 'float64' ? Float64Array : Float32Array;

/** Arrays as tensors hold them. */
export type Lane = Float32Array | Float64Array | Uint16Array | Int32Array;

/** @throws {@link FocalLossError} unless `got` can be logits. */
export function checkLogits(loss: Loss, got: unknown): void {
  if (got instanceof Float32Array || got instanceof Float64Array || Array.isArray(got)) return;
  if (ArrayBuffer.isView(got) && (got as unknown as Float16ArrayLike)[Symbol.toStringTag] === 'Float16Array') return;
  const takes = 'a Float32Array, a Float64Array, a Float16Array or an array of numbers';
  throw new FocalLossError(loss.name, [{ field: 'logits', got, takes }]);
}

/** Targets or weights as numbers. What is none becomes NaN, which no target may be. */
export function numeric(source: NumericArray): ArrayLike<number> {
  if (ArrayBuffer.isView(source) && !(source instanceof BigInt64Array) && !(source instanceof BigUint64Array)) {
    return source as ArrayLike<number>;
  }
  return Float64Array.from(source as ArrayLike<unknown>, (entry) => {
    const isNumber = typeof entry === 'number' || typeof entry === 'boolean' || typeof entry === 'bigint';
    return isNumber ? Number(entry) : Number.NaN;
  });
}

const constructors = { float32: Float32Array, float64: Float64Array, int32: Int32Array } as const;

/** Entries `first` to `first + n` in the number format of a tensor: the caller's own memory where that is it. */
export function lane(source: ArrayLike<number>, element: Dtype | 'int32', first: number, n: number): Lane {
  if (element === 'float16') {
    const halves = new Uint16Array(n);
    for (let i = 0; i < n; i++) halves[i] = toFloat16Bits(source[first + i]);
    return halves;
  }
  const Lanes = constructors[element];
  if (source instanceof Lanes) return source.subarray(first, first + n);
  const copy = new Lanes(n);
  if (ArrayBuffer.isView(source)) copy.set((source as unknown as Float64Array).subarray(first, first + n));
  else for (let i = 0; i < n; i++) copy[i] = source[first + i];
  return copy;
}

/** Puts what a tensor holds into `target` from `first` on. */
export function put(data: ArrayLike<number>, target: Float32Array | Float64Array, first: number): void {
  if (data instanceof Uint16Array) for (let i = 0; i < data.length; i++) target[first + i] = fromFloat16Bits(data[i]);
  else target.set(data, first);
}
