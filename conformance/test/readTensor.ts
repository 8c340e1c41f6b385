/** A float32 or int64 tensor of ONNX, read by a decoder that shares nothing with the writer. */
export interface ReadTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

const ELEMENTS = new Map<number, (bytes: ArrayBuffer) => ReadTensor['values']>([
  [1, (bytes) => new Float32Array(bytes)],
  [7, (bytes) => new BigInt64Array(bytes)],
]);

/** Reads a TensorProto: dims are field 1, the type field 2, the name field 8, the numbers field 9. */
export function readTensor(bytes: Uint8Array): ReadTensor {
  const shape: number[] = [];
  let name = '';
  let values: ReadTensor['values'] = new Float32Array(0);
  let element = ELEMENTS.get(1);
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const [field, wire] = [key >> 3, key & 7];
    const number = varint();
    if (wire === 0) {
      if (field === 1) shape.push(number);
      if (field !== 2) continue;
      element = ELEMENTS.get(number);
      if (element === undefined) throw new Error(`element type ${number} is neither float nor int64`);
      continue;
    }
    const content = Uint8Array.from(bytes.subarray(at, at + number));
    at += number;
    if (field === 8) name = new TextDecoder().decode(content);
    if (field === 9 && element) values = element(content.buffer);
  }
  return { name, shape, values };
}
