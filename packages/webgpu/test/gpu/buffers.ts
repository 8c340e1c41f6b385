/** Buffers for tests. */
const USAGE = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, STORAGE: 128 };

/** A buffer that holds these numbers. */
export function upload(
  device: GPUDevice,
  numbers: ArrayLike<number>,
  usage = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST,
): GPUBuffer {
  const data = new Float32Array(numbers);
  const buffer = device.createBuffer({ size: Math.max(data.byteLength, 4), usage });
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
}

/** The bytes of a buffer as float32. */
export async function download(device: GPUDevice, buffer: GPUBuffer): Promise<Float32Array<ArrayBuffer>> {
  const back = device.createBuffer({ size: buffer.size, usage: USAGE.MAP_READ | USAGE.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, back, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await back.mapAsync(USAGE.MAP_READ);
  const numbers = new Float32Array(back.getMappedRange().slice(0));
  back.destroy();
  return numbers;
}

/** Numbers that look random and are the same on every run, uniform in [from, to). */
export function numbers(n: number, from: number, to: number, seed = 1): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return from + ((to - from) * state) / 2 ** 32;
  });
}

/** The largest relative error; what is smaller than `floor` is taken for as large. */
export const worst = (got: ArrayLike<number>, truth: ArrayLike<number>, floor = 1e-30): number =>
  Math.max(0, ...Array.from(truth, (t, i) => (got[i] === t ? 0 : Math.abs(got[i] - t) / Math.max(Math.abs(t), floor))));
