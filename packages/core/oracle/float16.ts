/** The nearest float16. Inputs are float16 so that every backend, whatever its type, is asked the same question. */
export function float16(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  // 11 significant bits; below 2⁻¹⁴ the spacing stays that of the subnormals.
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), -14);
  const spacing = 2 ** (exponent - 10);
  const rounded = Math.round(x / spacing) * spacing;
  return Math.abs(rounded) <= 65504 ? rounded : Math.sign(x) * Number.POSITIVE_INFINITY;
}

export const isFloat16 = (x: number): boolean => Number.isNaN(x) || float16(x) === x;
