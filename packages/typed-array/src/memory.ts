/** Entries of a block in WebAssembly memory. */
export const SIMD_BLOCK = 4096;

/**
 * A lane, and space that the last row of a block may write past its end. The space keeps lanes apart by more than a
 * processor looks ahead modulo 4096: it takes addresses that agree in their last twelve bits for the same.
 */
const LANE = 4 * SIMD_BLOCK + 512;
const START = 16384;

/** Where in the 256 KiB of WebAssembly memory what lies, in bytes; shared by the kernels and by who calls them. */
export const LAYOUT = {
  COUNTS: START - 16,
  /** See {@link settings}. */
  SETTINGS: START - 256,
  X: START,
  Y: START + LANE,
  WEIGHT: START + 2 * LANE,
  VALUE: START + 3 * LANE,
  GRAD: START + 4 * LANE,
  /** Nothing but ones: the weights of a call without any. */
  ONES: START + 5 * LANE,
  /** Two float64 a row: largest logit and sum of exponentials of the classes that are not the target. */
  ROWS: START + 6 * LANE,
} as const;

/**
 * What kernels read from SETTINGS: the scale of an entry as middle ± half of the difference of
 * a positive's and a negative's, which change from call to call; and each parameter as float32, as what float32 lacks
 * of it, as its leading twelve bits, and as what they lack.
 */
export function settingsOf(params: readonly number[]): Float32Array {
  return Float32Array.from([0, 0, ...params.flatMap(parts)]);
}

/** Puts the scales of positives and negatives into settings. */
export function setScales(settings: Float32Array, positive: number, negative: number): void {
  settings[0] = (positive + negative) / 2;
  settings[1] = (positive - negative) / 2;
}

function parts(param: number): number[] {
  const float = Math.fround(param);
  const bits = new Int32Array(Float32Array.of(param).buffer);
  bits[0] &= 0xfffff000;
  const [head] = new Float32Array(bits.buffer);
  return [float, param - float, head, param - head];
}
