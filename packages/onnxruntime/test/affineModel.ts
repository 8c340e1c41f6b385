import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';

type Float = 'float16' | 'float32' | 'float64' | 'int64';

const elements = { float16: 10, float32: 1, float64: 11, int64: 7 } as const;

const raw: Record<Float, (values: number[]) => Uint8Array<ArrayBuffer>> = {
  // The halves of 0.5, 1, 2 and 0.25.
  float16: (values) =>
    bytes(Uint16Array.from(values, (v) => ({ 0.5: 0x3800, 1: 0x3c00, 2: 0x4000, 0.25: 0x3400 })[v] ?? 0)),
  float32: (values) => bytes(Float32Array.from(values)),
  float64: (values) => bytes(Float64Array.from(values)),
  int64: (values) => bytes(BigInt64Array.from(values, (v) => BigInt(Math.round(v)))),
};
const bytes = ({ buffer }: { buffer: ArrayBuffer }) => new Uint8Array(buffer);

/** A model written by somebody else's encoder: scores = x · [0.5, 1, 2] + 0.25, by way of `product`. */
export function affineModel({
  opset = 17,
  dtype = 'float32',
  irVersion = 8,
  shape = ['batch', 3],
}: {
  opset?: number;
  dtype?: Float;
  irVersion?: number;
  shape?: readonly (number | string)[];
}): Uint8Array<ArrayBuffer> {
  const dim = shape.map((size) => ({
    value:
      typeof size === 'number'
        ? { case: 'dimValue' as const, value: BigInt(size) }
        : { case: 'dimParam' as const, value: size },
  }));
  const port = (name: string) => ({
    name,
    type: { value: { case: 'tensorType' as const, value: { elemType: elements[dtype], shape: { dim } } } },
  });
  const tensor = (name: string, dims: number[], values: number[]) => ({
    name,
    dims: dims.map(BigInt),
    dataType: elements[dtype],
    rawData: raw[dtype](values),
  });
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(irVersion),
    producerName: 'somebody else',
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph: {
      name: 'affine',
      node: [
        { opType: 'Mul', name: 'scale', input: ['x', 'slope'], output: ['product'] },
        { opType: 'Add', name: 'shift', input: ['product', 'offset'], output: ['scores'] },
      ],
      initializer: [tensor('slope', [3], [0.5, 1, 2]), tensor('offset', [], [0.25])],
      input: [port('x')],
      output: [port('scores')],
    },
  });
  return toBinary(ModelProtoSchema, model);
}
