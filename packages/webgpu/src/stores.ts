import { inverseOf, type KernelSpec, valuesOf } from './spec.ts';
import { halfIn, halfOf } from './storage.ts';

type Stored = Pick<KernelSpec, 'accumulate' | 'scaled' | 'width'>;

/**
 * The statement that stores the bits of a number, of four at a width of four, or adds the number to what is there.
 *
 * @param place Where, if it is not `buffer[at]`: one of four then.
 */
export function stored(
  { accumulate, scaled, width }: Stored,
  buffer: 'grad' | 'hess' | 'values',
  at: string,
  bits: string,
  place = `${buffer}[${at}]`,
): string {
  const adds = accumulate.includes(buffer === 'values' ? 'value' : buffer);
  const four = width === 4 && place === `${buffer}[i]`;
  const own = scaled && buffer === 'values' ? `${four ? 'timesScaleFour' : 'timesScale'}(${bits})` : bits;
  return `${place} = ${adds ? `${four ? 'plusFour' : 'plusBits'}(${place}, ${own})` : own};`;
}

/** The bits of slope `at` as float16, or of what is there and it. */
export const halved = ({ accumulate }: Stored, at: string, bits: string): string =>
  `halfBits(${accumulate.includes('grad') ? `plusBits(halfAt(${at}), ${bits})` : bits})`;

/** The words of four slopes as float16, or of what is there and them. */
export const halvedFour = ({ accumulate }: Stored, at: string, bits: string): string =>
  `halvesOf(${accumulate.includes('grad') ? `plusFour(wideFour(grad[${at}]), ${bits})` : bits})`;

/** The functions that these statements call. NaN is recognised by its bits, as everywhere. */
export function storing(spec: KernelSpec): string[] {
  const { accumulate, scaled, dtype, width, wants } = spec;
  const value = valuesOf(spec);
  const adds = accumulate.some((part) => part !== 'value') || (accumulate.includes('value') && value === 'each');
  return [
    ...(adds ? [plusBits] : []),
    ...(adds && width === 4 ? [plusFour] : []),
    ...(accumulate.includes('grad') && wants.includes('grad') && dtype === 'float16' ? [halfAt(width === 4)] : []),
    ...(scaled && value === 'each' ? [timesScale(inverseOf(spec)), ...(width === 4 ? [timesScaleFour] : [])] : []),
  ];
}

export const plusBits = `/// The bits of the sum of two numbers.
fn plusBits(a: u32, b: u32) -> u32 {
  return select(bitcast<u32>(bitcast<f32>(a) + bitcast<f32>(b)), NAN, isNan(a) || isNan(b));
}`;

const timesScale = (inverse: string) => `/// A loss that is wanted on its own, times the scale.
fn timesScale(bits: u32) -> u32 {
  return select(bitcast<u32>(${inverse} * bitcast<f32>(bits)), NAN, isNan(bits));
}`;

const timesScaleFour = `fn timesScaleFour(bits: vec4u) -> vec4u {
  return vec4u(timesScale(bits.x), timesScale(bits.y), timesScale(bits.z), timesScale(bits.w));
}`;

const plusFour = `fn plusFour(a: vec4u, b: vec4u) -> vec4u {
  return vec4u(plusBits(a.x, b.x), plusBits(a.y, b.y), plusBits(a.z, b.z), plusBits(a.w, b.w));
}`;

const halfAt = (four: boolean) => `/// The bits of slope i, which lies there as float16, as float32.
fn halfAt(i: u32) -> u32 {
  return wide(${four ? halfOf('grad', four) : halfIn('atomicLoad(&grad[i / 2u])')});
}`;
