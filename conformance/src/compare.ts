/**
 * What "close" means, for every number the suite compares. Nothing outside this file decides it.
 *
 * @module
 */

/** The number format a backend computes and answers in. */
export type Dtype = 'float64' | 'float32' | 'float16';

/**
 * What computes. `'composed'` is anything that puts a formula together from operations that each round on their own
 * and cannot carry a rounding error to the next, as a graph of ONNX or tfjs operations does.
 */
export type Device = 'cpu' | 'gpu' | 'composed';

/** Half a unit in the last place of 1. */
const unit: Readonly<Record<Dtype, number>> = { float64: 2 ** -53, float32: 2 ** -24, float16: 2 ** -11 };

/**
 * What an honest implementation of any construction is taken to be, in roundings of u each: half an ulp of 1, 2⁻⁵³ or 2⁻²⁴. Its
 * `exp`, `log`, `log1p` and `pow` are off by at most an ulp, 2u; its sums and products by u. Then, with γ up to 5:
 *
 * - miss is good to 4u: an exponential, a sum, a division. miss^γ is good to 4γu and 2u of its own, ce to 4u, and there are three
 *   products and, in a gradient, a sum of two such terms of one sign: 32u if every rounding goes the same way.
 * - A power computed as exp(γ·log m) has an exponent t = γ·log m that the logarithm leaves 2u·|t| off and the product u·|t|, which
 *   is an error of the power. The same holds of e^(γz+β), with two roundings, and of a row's margin. Whatever is no normal number is
 *   not compared, and so |t| is at most −log of the least normal number: 708 in float64, 87 in float32 with what is flushed.
 */
export const honest = {
  roundings: 32,
  /** Of an exponent t, each worth u·|t|. */
  ofExponent: 3,
  /** −log of the least normal number. */
  farthest: { float64: 708.4, float32: 87.4 },
} as const;

/** Rounded up to two digits. */
function derived(dtype: 'float64' | 'float32'): number {
  const worst = (honest.roundings + honest.ofExponent * honest.farthest[dtype]) * unit[dtype];
  const digit = 10 ** (Math.floor(Math.log10(worst)) - 1);
  return Number((Math.ceil(worst / digit) * digit).toPrecision(2));
}

/**
 * The relative error allowed, by format and device.
 *
 * - float64: 32u + 3·708u = 2.4e-13, whatever computes. Measured: 1.3e-15 of core's reference on the vectors; of a textbook
 *   with exp(γ·log m) 2.0e-14 on the vectors and 6.5e-14 of random calls. What this library itself promises is 1e-14, which its own tests ask for.
 * - float32 composed: 32u + 3·87u = 1.8e-5, of a graph of operations that each round.
 * - float32 cpu: 1e-6, which is 17u of the 32: roundings do not all go the same way. An exponent that is itself rounded to float32
 *   needs what `'composed'` allows, and an implementation that has one says so; one with a `pow` good to an ulp, as C libraries
 *   have, needs no more than this. With 1.8e-5 for all, an `exp` of five digits would pass for float32.
 * - float32 gpu: WGSL lets `exp` be off by 3 + 2|x| ulp, which no GPU met so far is.
 * - float16: four roundings of 2⁻¹¹, so one of the result and three to spare; nobody should compute in it throughout.
 */
export const allowances: Readonly<Record<Dtype, Readonly<Record<Device, number>>>> = {
  float64: { cpu: derived('float64'), gpu: derived('float64'), composed: derived('float64') },
  float32: { cpu: 1e-6, gpu: 1e-5, composed: derived('float32') },
  float16: { cpu: 2 ** -9, gpu: 2 ** -9, composed: 2 ** -9 },
};

/**
 * The relative error allowed of sums of up to 10⁷ terms: 6 digits, which no naive float32 sum keeps. In float64 any
 * order of summation will do: 10⁷ roundings of 2⁻⁵³.
 */
export const sumAllowances: Readonly<Record<Dtype, number>> = { float64: 1e-9, float32: 1e-6, float16: 2 ** -9 };

/** What a law allows two answers of one backend to differ by: each may be off. */
export const twice = (dtype: Dtype, device: Device): number => 2 * allowances[dtype][device];

/** What an exact law allows. */
export const nothing = (): number => 0;

/**
 * Central difference quotients: steps that keep x ± h exact, and what truncation and the rounding of the loss leave of
 * them. Coarse: a wrong sign or factor is what they are to find.
 */
export const quotients: Readonly<Record<Dtype, { readonly h: number; readonly allowed: number }>> = {
  float64: { h: 2 ** -14, allowed: 1e-6 },
  float32: { h: 2 ** -6, allowed: 1e-2 },
  float16: { h: 2 ** -3, allowed: 0.2 },
};

/** Where a format's numbers stop being normal: below, digits are lost or flushed to zero; above, there is only ∞. */
export const formats: Readonly<Record<Dtype, { readonly tiny: number; readonly largest: number }>> = {
  float64: { tiny: 2 ** -1022, largest: Number.MAX_VALUE },
  float32: { tiny: 2 ** -126, largest: (2 - 2 ** -23) * 2 ** 127 },
  float16: { tiny: 2 ** -14, largest: 65504 },
};

/**
 * The absolute error of terms that are no normal numbers: they have fewer digits, which a factor behind them may lift into
 * the normal numbers: softplus(88) and a weight, or one over a margin, some hundred times. WGSL lets a GPU take them for 0
 * altogether, and so do some of the runtimes that a graph is handed to. In float16 that is numbers in storage alone: what is
 * lifted is computed in float32, and 256 numbers that are none would be as much as an easy example costs.
 */
export const flushed = ({ dtype, device }: { readonly dtype: Dtype; readonly device: Device }): number =>
  256 * formats[dtype].tiny * (device === 'cpu' || dtype === 'float16' ? unit[dtype] : 1);

/** How close one number has to be to another. */
export interface Closeness {
  readonly dtype: Dtype;
  /** Relative error allowed. */
  readonly allowance: number;
  /** What the error is relative to; the truth itself unless given. */
  readonly scale?: number | undefined;
  /** Absolute error allowed on top: of a published figure, how far its last digit reaches; or what is `flushed`. */
  readonly tolerance?: number | undefined;
}

/** What came of comparing two numbers. */
export interface Comparison {
  readonly close: boolean;
  /** Relative error; 0 where the format has no normal number for the truth and the answer is what it has instead. */
  readonly error: number;
}

/**
 * Compares `got` with `truth`.
 *
 * - NaN equals only NaN, and an infinite truth only the same infinity.
 * - Of a truth smaller than the smallest normal number, only that the answer is no larger than that one: 0 will do.
 * - A truth larger than the largest finite number may be that infinity.
 * - Everything else is held to the allowance.
 */
export function compare(got: number, truth: number, closeness: Closeness): Comparison {
  const { dtype, allowance, scale = truth, tolerance = 0 } = closeness;
  const { tiny, largest } = formats[dtype];
  if (Object.is(got, truth) || got === truth) return exact;
  if (!Number.isFinite(truth) || Number.isNaN(got)) return wrong;

  // Both limits are widened by the allowance: a truth a hair inside may be answered by a number a hair outside.
  const none = tiny * (1 + allowance);
  if (Math.abs(truth) <= none && Math.abs(got) <= none) return exact;
  if (Math.abs(truth) >= largest * (1 - allowance) && got === Math.sign(truth) * Infinity) return exact;

  const excess = Math.max(Math.abs(got - truth) - tolerance, 0);
  const error = excess / Math.max(Math.abs(scale), tiny);
  return { close: error <= allowance, error };
}

/** Whether an answer to an ordinary truth is at most as far off as `error` says, which for most numbers is all there is to know. */
export function isWithin(got: number, truth: number, error: number, dtype: Dtype): boolean {
  const { tiny, largest } = formats[dtype];
  const size = Math.abs(truth);
  return size > 2 * tiny && size < largest / 2 && Math.abs(got - truth) <= error * size;
}

const exact: Comparison = { close: true, error: 0 };
const wrong: Comparison = { close: false, error: Infinity };
