/** The same logits and labels on every run: 1 % positives, logits normal around −3 and 2, as of a half-trained detector. */
export function detector(n: number): { logits: Float32Array; targets: Float32Array } {
  let state = 20171022;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const targets = Float32Array.from({ length: n }, () => (random() < 0.01 ? 1 : 0));
  const logits = targets.map((y) => (y === 1 ? 2 : -3) + 2 * normal());
  return { logits, targets };
}
