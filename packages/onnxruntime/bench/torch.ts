import { type GraphValue, modelProto, type Port, Writer } from '@focal-loss/onnx';

/**
 * The softmax focal loss as it is mostly written in PyTorch, reduced to the mean, node by node as PyTorch 2.13 exports it
 * (`torch.onnx.export`, opset 18, optimized; the gradient traced by `make_fx` of `torch.func.grad_and_value`):
 *
 *     lp = log_softmax(x, -1).gather(1, t[:, None]).squeeze(1)
 *     (-(1 - lp.exp()) ** gamma * lp).mean()
 *
 * Sizes are those it was exported with.
 */
export function torch(gamma: number, grad: boolean, [rows, classes]: readonly [number, number]): Uint8Array {
  const w = new Writer('float32', 18, 'torch/');
  const [x, t]: GraphValue[] = [{ name: 'logits' }, { name: 'targets' }];
  const mul = (a: GraphValue, b: GraphValue) => w.node('Mul', [a, b]);
  const neg = (a: GraphValue) => w.node('Neg', [a]);
  const at = (value: number) => ({ kind: 'int', value }) as const;
  const [one, power, last] = [w.constant(1), w.constant(gamma), w.integers([1])];

  const logs = w.node('LogSoftmax', [x], { axis: at(1) });
  const column = w.node('Unsqueeze', [t, last]);
  const lp = w.node('Squeeze', [w.node('GatherElements', [logs, column], { axis: at(1) }), last]);
  const p = w.node('Exp', [lp]);
  const miss = w.node('Sub', [one, p]);
  const minus = neg(w.node('Pow', [miss, power]));
  const results: Record<string, GraphValue> = {
    value: w.node('ReduceMean', [mul(minus, lp)], { keepdims: at(0) }),
  };
  if (grad) {
    const share = w.literal({ element: 'float32', shape: [rows], values: new Array(rows).fill(1 / rows) });
    const ofPower = mul(w.node('Pow', [miss, w.constant(gamma - 1)]), power);
    const ofLogs = w.node('Add', [mul(share, minus), mul(neg(mul(neg(mul(share, lp)), ofPower)), p)]);
    const zeros = w.node('ConstantOfShape', [w.integers([rows, classes])]);
    const reduction = { kind: 'string', value: 'add' } as const;
    const scattered = w.node('ScatterElements', [zeros, column, w.node('Unsqueeze', [ofLogs, last])], {
      axis: at(1),
      reduction,
    });
    const sums = w.sum(scattered, { axis: 1, keep: true });
    results.grad = w.node('Sub', [scattered, mul(w.node('Exp', [logs]), sums)]);
  }
  const port = (name: string, shape: Port['shape'], element: Port['element'] = 'float32'): Port => ({
    name,
    element,
    shape,
  });
  const shape = [rows, classes];
  const graph = {
    nodes: w.finish(results),
    inputs: [port('logits', shape), port('targets', [rows], 'int64')],
    outputs: [port('value', []), ...(grad ? [port('grad', shape)] : [])],
  };
  return modelProto('torch', graph, new Uint8Array(), 18, '');
}
