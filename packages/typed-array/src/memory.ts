/** Entries of a block in WebAssembly memory. */
export const SIMD_BLOCK = 4096;

/** A lane, and a whole vector that the last row of a block may write past its end. */
const LANE = 4 * SIMD_BLOCK + 16;
const START = 16384;

/** Where in the 256 KiB of WebAssembly memory what lies, in bytes; shared by the kernels and by who calls them. */
export const LAYOUT = {
  COUNTS: START - 16,
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
