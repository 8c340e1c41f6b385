/** float16 as its bits, which is how runtimes without a Float16Array pass it. */

/** One float64, to be read as bits. */
const float64 = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** The bits of the float16 nearest to `value`, ties to even; rounded once, from float64 too. */
export function toFloat16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  float64.setFloat64(0, value);
  // The upper half: sign, exponent, and the first of the fraction.
  const upper = float64.getUint32(0);
  const sign = (upper >>> 16) & 0x8000;
  const size = Math.abs(value);
  // Halfway between the largest float16, 65504, and what would be the next.
  if (size >= 65520) return sign | 0x7c00;
  // Eleven significant bits; below 2⁻¹⁴ the spacing stays that of the subnormals.
  const exponent = Math.max(((upper >>> 20) & 0x7ff) - 1023, -14);
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
