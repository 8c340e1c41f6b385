const scratch = new DataView(new ArrayBuffer(4));

/** float32 numbers as float16, rounded to nearest (ties to even), two to a 32-bit word; an odd end is filled up with 0. */
export function toHalves(numbers: Float32Array): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(numbers.length + (numbers.length % 2));
  for (let i = 0; i < numbers.length; i++) halves[i] = half(numbers[i]);
  return halves;
}

function half(number: number): number {
  scratch.setFloat32(0, number);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  // Steps of 2⁻²⁴. Adding 2²³ rounds to whole ones, ties to even.
  return sign | (Math.fround(Math.abs(number) * 2 ** 24 + 2 ** 23) - 2 ** 23);
}

/** float16 numbers as float32. */
export function fromHalves(halves: Uint16Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(halves, (bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 31;
    const fraction = bits & 0x3ff;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  });
}
