/** Entries are worked off in blocks that stay in the first-level cache. */
export const BLOCK = 1024;

/** One block on its way through a kernel, in float64 whatever the caller's arrays are. */
export interface Lanes {
  /** Logits; at a softmax the margins. */
  readonly x: Float64Array;
  /** At a softmax: what rounding took from the margins. */
  readonly low: Float64Array;
  /** Targets; at a softmax the class indices, which its kernels do not read. */
  readonly y: Float64Array;
  readonly weight: Float64Array;
  /** What each entry is multiplied by: weight · α_t / denominator. */
  readonly scale: Float64Array;
  readonly value: Float64Array;
  readonly grad: Float64Array;
}

export function newLanes(): Lanes {
  const lane = () => new Float64Array(BLOCK);
  return { x: lane(), low: lane(), y: lane(), weight: lane(), scale: lane(), value: lane(), grad: lane() };
}
