/** float16 as its bits, which is how runtimes without a Float16Array pass it. */

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
/** Which of the two words has the exponent: the second where bytes come the lowest first. */
const UPPER = new Uint8Array(Uint16Array.of(1).buffer)[0];

/** The bits of the float16 nearest to `value`, ties to even; rounded once, from float64 too. */
export function toFloat16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  number[0] = value;
  const sign = (words[UPPER] >>> 16) & 0x8000;
  const size = Math.abs(value);
  // Halfway between the largest float16, 65504, and what would be the next.
  if (size >= 65520) return sign | 0x7c00;
  // Eleven significant bits; below 2⁻¹⁴ the spacing stays that of the subnormals.
  const exponent = Math.max(((words[UPPER] >>> 20) & 0x7ff) - 1023, -14);
  const steps = size * 2 ** (10 - exponent);
  const whole = Math.floor(steps);
  const rest = steps - whole;
  const rounded = whole + (rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? 1 : 0);
  return sign | (((exponent + 14) << 10) + rounded);
}

/** The number that float16 bits are. */
export function fromFloat16Bits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
