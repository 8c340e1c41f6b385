import { type GraphValue, modelProto, type Port, Writer } from '@focal-loss/onnx';

/**
 * torchvision's `sigmoid_focal_loss`, operation by operation as it is written there, α = 0.25, reduced to the mean, and
 * what autograd makes of it.
 */
export function torchvision(gamma: number, grad: boolean): Uint8Array {
  const w = new Writer('float32', 17, 'torchvision/');
  const [x, t]: GraphValue[] = [{ name: 'logits' }, { name: 'targets' }];
  const c = (value: number) => w.constant(value);
  const add = (a: GraphValue, b: GraphValue) => w.node('Add', [a, b]);
  const sub = (a: GraphValue, b: GraphValue) => w.node('Sub', [a, b]);
  const mul = (a: GraphValue, b: GraphValue) => w.node('Mul', [a, b]);
  const one = c(1);
  const p = w.node('Sigmoid', [x]);
  const ce = add(
    sub(w.node('Relu', [x]), mul(x, t)),
    w.node('Log', [add(one, w.node('Exp', [w.node('Neg', [w.node('Abs', [x])])]))]),
  );
  const pt = add(mul(p, t), mul(sub(one, p), sub(one, t)));
  const miss = sub(one, pt);
  const power = w.node('Pow', [miss, c(gamma)]);
  const alpha = add(mul(c(0.25), t), mul(c(0.75), sub(one, t)));
  const value = w.node('ReduceMean', [mul(alpha, mul(ce, power))], { keepdims: { kind: 'int', value: 0 } });
  const results: Record<string, GraphValue> = { value };
  if (grad) {
    const slopeOfPt = mul(sub(mul(c(2), t), one), mul(p, sub(one, p)));
    const slopeOfPower = mul(mul(c(gamma), w.node('Pow', [miss, c(gamma - 1)])), slopeOfPt);
    const slope = sub(mul(sub(p, t), power), mul(ce, slopeOfPower));
    results.grad = mul(mul(alpha, slope), w.node('Div', [one, { name: 'count' }]));
  }
  const port = (name: string, shape: Port['shape']): Port => ({ name, element: 'float32', shape });
  const graph = {
    nodes: w.finish(results),
    inputs: [port('logits', ['n']), port('targets', ['n']), ...(grad ? [port('count', [])] : [])],
    outputs: [port('value', []), ...(grad ? [port('grad', ['n'])] : [])],
  };
  return modelProto('torchvision', graph, new Uint8Array(), 17, '');
}
