/** Entries of a block in WebAssembly memory. */
export const SIMD_BLOCK = 4096;
/** Rows of a block, at most. */
export const SIMD_ROWS = 1024;

/**
 * A lane, and space that the last row of a block may write past its end. The space keeps lanes apart by more than a
 * processor looks ahead modulo 4096: it takes addresses that agree in their last twelve bits for the same.
 */
const LANE = 4 * SIMD_BLOCK + 512;
const ROW_LANE = 4 * SIMD_ROWS + 512;
const START = 16384;

/**
 * Where in WebAssembly memory what lies, in bytes, counted from the `base` of a thread; shared by the kernels and by who calls
 * them. What lies below FIRST is used by the constants of the row kernels, which are the same for all threads.
 */
export const LAYOUT = {
  COUNTS: START - 16,
  /** The least weight, the least above 0 and the largest. */
  RANGE: START - 32,
  CHANGE: START - 48,
  /** See `settingsOf`. */
  SETTINGS: START - 2048,
  X: START,
  Y: START + LANE,
  WEIGHT: START + 2 * LANE,
  VALUE: START + 3 * LANE,
  GRAD: START + 4 * LANE,
  HESS: START + 5 * LANE,
  /** One number all over: the factor of a call in which it is the same for all entries. */
  CONSTANT: START + 6 * LANE,
  /** Nothing but ones: the weights of a call without any. */
  ONES: START + 7 * LANE,
  /** Sums of the row that is worked on. */
  ROW_SUMS: START - 320,
  /** Of rows: the margin and what float32 lacks of it, the loss and its slope at it. */
  MARGIN: START + 8 * LANE,
  MARGIN_LOW: START + 8 * LANE + ROW_LANE,
  ROW_VALUE: START + 8 * LANE + 2 * ROW_LANE,
  SLOPE: START + 8 * LANE + 3 * ROW_LANE,
  /** In float64: by how much a row's own logit exceeds the logarithm of what the others' exponentials are relative to, and their sum. */
  DIFFERENCE: START + 8 * LANE + 4 * ROW_LANE,
  SUM: START + 8 * LANE + 6 * ROW_LANE,
  /** Class indices, what losses and slopes are multiplied by, and these. */
  TARGET: START + 8 * LANE + 8 * ROW_LANE,
  FACTOR: START + 8 * LANE + 10 * ROW_LANE,
  SCALE: START + 8 * LANE + 12 * ROW_LANE,
  ROW_LOSS: START + 8 * LANE + 14 * ROW_LANE,
  ROW_GRAD: START + 8 * LANE + 16 * ROW_LANE,
  /** Second derivatives at margins as slopes are, in float64; and in float32 before they are multiplied, then after. */
  ROW_HESS: START + 8 * LANE + 18 * ROW_LANE,
  CURVE: START + 8 * LANE + 20 * ROW_LANE,
  /** By what second derivatives of a row are made of its exponentials: see `rowSlopes`. */
  CURVE_SHARE: START + 8 * LANE + 21 * ROW_LANE,
  INVERSE: START + 8 * LANE + 22 * ROW_LANE,
  /** Class indices as int32. */
  CLASS: START + 8 * LANE + 23 * ROW_LANE,
  /** What the first loop of a kernel leaves for the second. */
  LEFT: START + 8 * LANE + 24 * ROW_LANE,
  LEFT_TOO: START + 9 * LANE + 24 * ROW_LANE,
} as const;

/** How many numbers there is room for at SETTINGS. */
export const SETTINGS = 384;

/** The bytes of a thread, from FIRST to before LAST, if `base` is 0. */
export const LANES = { FIRST: START - 2048, LAST: LAYOUT.LEFT_TOO + LANE } as const;

/** Pages of 64 KiB that the emitted constants and the lanes of one thread take. */
export const PAGES = Math.ceil(LANES.LAST / 65536);
/** As many as a memory may grow to. */
export const MOST_PAGES = 65536;

/** `n` up to the next whole vector. */
export const padded = (n: number) => (n + 3) & ~3;

/** `n` entries from `first` on, without a view where that is all of them. */
export const part = (array: Float32Array, first: number, n: number) =>
  array.length === n ? array : array.subarray(first, first + n);
