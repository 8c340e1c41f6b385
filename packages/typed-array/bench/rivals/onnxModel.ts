import { create, toBinary } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType, ModelProtoSchema, TensorProto_DataType } from 'onnx-buf';
import type { Scenario } from '../scenario.ts';

const { FLOAT, INT32 } = TensorProto_DataType;
const { INT, STRING } = AttributeProto_AttributeType;

/** The bytes of a model from inputs `x` and `y` to the outputs `value` and, if wanted, `grad`. */
export function model({ link, gamma, wantGrad }: Scenario): Uint8Array {
  const graph = writer();
  const shape = link === 'sigmoid' ? ['n'] : ['rows', 'classes'];
  const targets = link === 'sigmoid' ? tensor('y', FLOAT, shape) : tensor('y', INT32, ['rows', 1]);
  (link === 'sigmoid' ? sigmoid : softmax)(graph, gamma, wantGrad);
  const proto = create(ModelProtoSchema, {
    irVersion: 9n,
    opsetImport: [{ version: 20n }],
    graph: {
      name: 'focal',
      node: graph.nodes,
      initializer: graph.constants,
      input: [tensor('x', FLOAT, shape), targets],
      output: [tensor('value', FLOAT, []), ...(wantGrad ? [tensor('grad', FLOAT, shape)] : [])],
    },
  });
  return toBinary(ModelProtoSchema, proto);
}

/** `torchvision.ops.sigmoid_focal_loss`, step by step; the gradient as autograd derives it. */
function sigmoid({ op, constant, call }: Writer, gamma: number, wantGrad: boolean): void {
  const one = constant(1);
  const p = op('Sigmoid', ['x']);
  const not = op('Sub', [one, 'y']);
  const ce = op('Add', [op('Mul', [not, 'x']), op('Softplus', [op('Neg', ['x'])])]);
  const q = op('Sub', [one, p]);
  const pt = op('Add', [op('Mul', [p, 'y']), op('Mul', [q, not])]);
  const miss = op('Sub', [one, pt]);
  const weight = op('Pow', [miss, constant(gamma)]);
  call('value', op('ReduceSum', [op('Mul', [ce, weight])], { keepdims: 0 }));
  if (!wantGrad) return;
  const slope = op('Mul', [constant(gamma), op('Pow', [miss, constant(gamma - 1)])]);
  const side = op('Sub', ['y', not]);
  const turn = op('Mul', [op('Mul', [slope, ce]), op('Mul', [side, op('Mul', [p, q])])]);
  call('grad', op('Sub', [op('Mul', [weight, op('Sub', [p, 'y'])]), turn]));
}

/** The same for rows: `log_softmax`, the label's entry of it, and back. */
function softmax({ op, constant, call }: Writer, gamma: number, wantGrad: boolean): void {
  const logs = op('LogSoftmax', ['x'], { axis: 1 });
  const log = op('GatherElements', [logs, 'y'], { axis: 1 });
  const p = op('Exp', [log]);
  const miss = op('Sub', [constant(1), p]);
  const weight = op('Pow', [miss, constant(gamma)]);
  call('value', op('ReduceSum', [op('Mul', [op('Neg', [log]), weight])], { keepdims: 0 }));
  if (!wantGrad) return;
  const slope = op('Mul', [constant(gamma), op('Pow', [miss, constant(gamma - 1)])]);
  const turn = op('Sub', [op('Mul', [slope, op('Mul', [p, log])]), weight]);
  const spread = op('Mul', [op('Exp', [logs]), op('Neg', [turn])]);
  call('grad', op('ScatterElements', [spread, 'y', turn], { axis: 1, reduction: 'add' }));
}

type Writer = ReturnType<typeof writer>;

/** Collects nodes and constants. Each is known by the name of its output. */
function writer() {
  const nodes: { opType: string; input: string[]; output: string[]; attribute: ReturnType<typeof attribute>[] }[] = [];
  const constants: { name: string; dataType: number; floatData: number[] }[] = [];
  return {
    nodes,
    constants,
    op(opType: string, input: string[], attributes: Readonly<Record<string, number | string>> = {}): string {
      const output = `t${nodes.length}`;
      nodes.push({ opType, input, output: [output], attribute: Object.entries(attributes).map(attribute) });
      return output;
    },
    constant(value: number): string {
      const name = `c${constants.length}`;
      constants.push({ name, dataType: FLOAT, floatData: [value] });
      return name;
    },
    /** Makes `from` the output of that name. */
    call(output: string, from: string): void {
      nodes.push({ opType: 'Identity', input: [from], output: [output], attribute: [] });
    },
  };
}

const attribute = ([name, value]: [string, number | string]) =>
  typeof value === 'number'
    ? { name, type: INT, i: BigInt(value) }
    : { name, type: STRING, s: new TextEncoder().encode(value) };

const tensor = (name: string, elemType: number, shape: readonly (string | number)[]) => ({
  name,
  type: {
    value: {
      case: 'tensorType' as const,
      value: {
        elemType,
        shape: {
          dim: shape.map((size) => ({
            value:
              typeof size === 'string'
                ? { case: 'dimParam' as const, value: size }
                : { case: 'dimValue' as const, value: BigInt(size) },
          })),
        },
      },
    },
  },
});
