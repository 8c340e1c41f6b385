/** 1 % positives, logits normal around −3 and 2, as of a half-trained detector. The same on every run. */
export function detector(n: number): { logits: Float32Array<ArrayBuffer>; targets: Float32Array<ArrayBuffer> } {
  let state = 20171022;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const targets = Float32Array.from({ length: n }, () => (random() < 0.01 ? 1 : 0));
  return { targets, logits: targets.map((y) => (y === 1 ? 2 : -3) + 2 * normal()) };
}

/** Something that computes the focal loss's sum and gradient of 2ᵏ logits that are on the GPU already. */
export interface Racer {
  /** Computes both, leaves the gradient on the GPU, and returns the value once the GPU is done. */
  run(): Promise<number>;
  /** The gradient of the last run. */
  grad(): Promise<Float32Array>;
  end(): void;
}

/** Milliseconds of each of `turns` runs, after two that are not counted. */
export async function timed(racer: Racer, turns: number): Promise<{ value: number; times: number[] }> {
  let value = Number.NaN;
  const times: number[] = [];
  for (let turn = -2; turn < turns; turn++) {
    const start = performance.now();
    value = await racer.run();
    if (turn >= 0) times.push(performance.now() - start);
  }
  return { value, times };
}

export const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
};
