import { modelProto, Writer } from '@focal-loss/onnx';

/** Three clouds of points in the plane, and where the middle of each is. */
export const middles = [
  [0, 2],
  [-2, -1],
  [2, -1],
] as const;

/** A classifier of such points, which stands for a model of your own: logits [n, 3] of points [n, 2]. */
export function classifier(): Uint8Array {
  const w = new Writer('float32', 17, 'classifier/');
  const tensor = (shape: readonly number[], values: readonly number[]) =>
    w.literal({ element: 'float32', shape, values });
  const slopes = tensor(
    [2, 3],
    [0, 1].flatMap((axis) => middles.map((middle) => middle[axis])),
  );
  const offsets = tensor(
    [3],
    middles.map(([x, y]) => -(x * x + y * y) / 2),
  );
  const logits = w.node('Add', [w.node('MatMul', [{ name: 'points' }, slopes]), offsets]);
  const graph = {
    nodes: w.finish({ logits }),
    inputs: [{ name: 'points', element: 'float32', shape: ['n', 2] }],
    outputs: [{ name: 'logits', element: 'float32', shape: ['n', 3] }],
  } as const;
  return modelProto('classifier', graph, new Uint8Array(), 17, '');
}

/** Points with their labels, of which every fiftieth is wrong. */
export function points(n: number): {
  points: Float32Array<ArrayBuffer>;
  labels: Uint32Array<ArrayBuffer>;
  wrong: number[];
} {
  let state = 20171022;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const [points, labels] = [new Float32Array(2 * n), new Uint32Array(n)];
  const wrong: number[] = [];
  for (let i = 0; i < n; i++) {
    const cloud = Math.floor(3 * random());
    for (const axis of [0, 1]) points[2 * i + axis] = middles[cloud][axis] + (random() + random() + random() - 1.5);
    labels[i] = i % 50 === 49 ? (cloud + 1) % 3 : cloud;
    if (labels[i] !== cloud) wrong.push(i);
  }
  return { points, labels, wrong };
}
