/**
 * float16 as bits, which is how runtimes without a Float16Array pass it.
 *
 * @module
 */
const number = new Float32Array(1);
const bits = new Uint32Array(number.buffer);

/** The bits of the float16 nearest to `value`, ties to even. */
export function toHalf(value: number): number {
  number[0] = value;
  const from = bits[0];
  const sign = (from >>> 16) & 0x8000;
  const exponent = (from >>> 23) & 0xff;
  const mantissa = from & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa === 0 ? 0 : 0x200);
  if (exponent < 113) {
    // Subnormal: a multiple of 2⁻²⁴, which the division rounds exactly.
    const scaled = Math.abs(value) * 2 ** 24;
    const whole = Math.floor(scaled);
    const rest = scaled - whole;
    return sign | (whole + (rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? 1 : 0));
  }
  const kept = ((exponent - 112) << 10) | (mantissa >>> 13);
  const rest = mantissa & 0x1fff;
  const rounded = kept + (rest > 0x1000 || (rest === 0x1000 && kept % 2 === 1) ? 1 : 0);
  return sign | Math.min(rounded, 0x7c00);
}

/** The number that float16 bits are. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
