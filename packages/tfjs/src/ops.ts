import { type Foldable, fold, type Ops } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { renamed } from './operation.ts';

/** A tensor in a formula, or a number that is known while the formula is put together. */
export interface Operand extends Foldable<Operand> {
  /** float32, or bool for a truth. Absent for a number. */
  readonly tensor?: tf.Tensor;
  /** What rounding took from the tensor. */
  readonly low?: tf.Tensor | undefined;
  /** What it is the sigmoid of. */
  readonly logit?: tf.Tensor;
}

/** What tfjs's own operations take. */
export const operandOf = (tensor: tf.Tensor, low?: tf.Tensor): Operand => ({ tensor, low });
export const tensorOf = (a: Operand): tf.Tensor => a.tensor ?? tf.scalar(a.literal as number);
const plain = ({ tensor, literal }: Operand): tf.Tensor | number => tensor ?? (literal as number);

const TINY = 2 ** -126;

type Unary = (a: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor | number, b: tf.Tensor | number) => tf.Tensor;
const unary = (op: Unary) => (a: Operand) => operandOf(op(tensorOf(a)));
const binary = (op: Binary) => (a: Operand, b: Operand) => operandOf(op(plain(a), plain(b)));

/** −1, 0, 1 or NaN. tfjs's own makes 0 of what is below 1e-7 on the backend wasm. */
function sign(a: tf.Tensor): tf.Tensor {
  return tf.where(tf.greater(a, 0), 1, tf.where(tf.less(a, 0), -1, tf.mul(a, 0)));
}

/** The larger one, NaN if one is NaN. Some backends' own drops NaN. */
function max(a: tf.Tensor | number, b: tf.Tensor | number): tf.Tensor {
  const [one, other] = typeof a === 'number' ? [b, a] : [a, b];
  // A truth has no gradient: a tape is not to ask what it was made of.
  const [own, rival] = [one, other].map((a) => (typeof a === 'number' ? a : renamed(a)));
  const above = tf.less(own, rival);
  return tf.where(typeof rival === 'number' ? above : tf.logicalOr(above, tf.isNaN(rival)), other, one);
}

/**
 * log(1 + a): the logarithm of the rounded sum, and what rounding took from it over the sum. The `log1p` of some
 * backends is log(1 + a), which loses all of a small a.
 */
function log1p(a: tf.Tensor): tf.Tensor {
  const sum = tf.add(a, 1);
  const lost = tf.sub(a, tf.sub(sum, 1));
  const log = tf.add(tf.log(sum), tf.div(lost, sum));
  return tf.where(tf.less(tf.abs(a), 1e30), log, tf.log(sum));
}

/** e^a. WGSL lets that of NaN be any number: σ of it was 0, and a probability ∞. */
function exp(a: tf.Tensor): tf.Tensor {
  const power = tf.exp(a);
  return tf.getBackend() === 'webgpu' ? tf.where(tf.isNaN(renamed(a)), a, power) : power;
}

/** e^−|a|, from which both tails of softplus and sigmoid come. */
function decay({ tensor, low }: Operand): tf.Tensor {
  const a = tensor as tf.Tensor;
  const e = exp(tf.neg(tf.abs(a)));
  return low === undefined ? e : tf.add(e, tf.mul(e, tf.where(tf.less(a, 0), low, tf.neg(low))));
}

function softplus(a: Operand): Operand {
  const x = tensorOf(a);
  const rest = log1p(decay(a));
  const carried = a.low === undefined ? rest : tf.add(rest, tf.where(tf.greater(x, 0), a.low, 0));
  return operandOf(tf.add(tf.maximum(x, 0), carried));
}

function sigmoid(a: Operand): Operand {
  const e = decay(a);
  const logit = tensorOf(a);
  return { ...operandOf(tf.div(tf.where(tf.less(logit, 0), e, 1), tf.add(e, 1))), logit };
}

function pow(a: Operand, p: Operand): Operand {
  const base = tensorOf(a);
  if (p.literal === 2) return operandOf(tf.mul(base, base));
  if (p.literal === 3) return operandOf(tf.mul(tf.mul(base, base), base));
  if (a.logit !== undefined && p.literal !== undefined && p.literal <= 1)
    return rootOfSigmoid(a.logit, base, p.literal);
  const raised = tf.pow(base, tensorOf(p));
  // What float32 takes from an exponent is multiplied by log(base), which may be −100.
  const low = lowOf(p);
  if (low === 0) return operandOf(raised);
  return operandOf(tf.add(raised, tf.mul(raised, tf.mul(tf.log(tf.maximum(base, TINY)), low))));
}

/** σ(x)^p, also where σ(x) is no normal number and a small power of it is: far below 0 the power of a root that is one, e^(x/16). */
function rootOfSigmoid(x: tf.Tensor, sigmoid: tf.Tensor, p: number): Operand {
  const isFar = tf.less(x, -64);
  const base = tf.where(isFar, tf.exp(tf.div(x, 16)), sigmoid);
  const times = tf.where(isFar, tf.fill(x.shape, 16), 1);
  const exponent = Math.fround(p);
  const raised = tf.pow(base, tf.mul(times, exponent));
  if (exponent === p) return operandOf(raised);
  return operandOf(tf.add(raised, tf.mul(raised, tf.mul(tf.log(tf.maximum(base, TINY)), tf.mul(times, p - exponent)))));
}

// What rounding takes, in float32.

/** What `sum` lost, which is a + b (Knuth). */
export function sumLow(a: tf.Tensor | number, b: tf.Tensor | number, sum: tf.Tensor): tf.Tensor {
  const back = tf.sub(sum, a);
  return tf.add(tf.sub(a, tf.sub(sum, back)), tf.sub(b, back));
}

/** The leading twelve bits of a number, and the others (Veltkamp). */
function split(a: tf.Tensor | number): [tf.Tensor | number, tf.Tensor | number] {
  if (typeof a === 'number') {
    const near = Math.fround(a);
    const scaled = Math.fround(4097 * near);
    const head = Math.fround(scaled - Math.fround(scaled - near));
    return [head, near - head];
  }
  const scaled = tf.mul(a, 4097);
  const head = tf.sub(scaled, tf.sub(scaled, a));
  return [head, tf.sub(a, head)];
}

/** A product, where it is not known to be 0. */
const times = (a: tf.Tensor | number, b: tf.Tensor | number) => (a === 0 || b === 0 ? [] : [tf.mul(a, b)]);
const total = (first: tf.Tensor, ...rest: tf.Tensor[]) =>
  rest.reduce<tf.Tensor>((sum, term) => tf.add(sum, term), first);

/** What `product` lost, which is a·b (Dekker). */
function productLow(a: tf.Tensor | number, b: tf.Tensor | number, product: tf.Tensor): tf.Tensor {
  const [aHead, aRest] = split(a);
  const [bHead, bRest] = split(b);
  const first = tf.sub(tf.mul(aHead, bHead), product);
  return total(first, ...times(aHead, bRest), ...times(aRest, bHead), ...times(aRest, bRest));
}

/** What is not in the tensor of an operand: what it carries, or what float32 takes from a number. */
function lowOf({ literal, low }: Operand): tf.Tensor | number {
  if (literal === undefined) return low ?? 0;
  const lost = literal - Math.fround(literal);
  return Number.isFinite(lost) ? lost : 0;
}

/** a·x + b with what rounding took from it. From ±128 on e^−|a| is 0, and it matters no more. */
function affine(a: Operand, x: Operand, b: Operand): Operand {
  const [factor, at, shift] = [a, x, b].map(plain);
  const product = tf.mul(factor, at);
  const value = tf.add(product, shift);
  const lost = total(
    tf.add(productLow(factor, at, product), sumLow(product, shift, value)),
    ...times(factor, lowOf(x)),
    ...times(lowOf(a), at),
    ...times(1, lowOf(b)),
  );
  return operandOf(value, tf.where(tf.less(tf.abs(value), 128), lost, 0));
}

/** The operations themselves; folding is core's. */
const raw: Ops<Operand> = {
  tiny: TINY,
  constant: (literal) => ({ literal }),
  literal: ({ literal }) => literal,
  add: binary(tf.add),
  sub: binary(tf.sub),
  mul: binary(tf.mul),
  div: binary(tf.div),
  neg: ({ tensor, low }) => operandOf(tf.neg(tensor as tf.Tensor), low && tf.neg(low)),
  abs: unary(tf.abs),
  sign: unary(sign),
  max: binary(max),
  exp: unary(exp),
  log: unary(tf.log),
  log1p: unary(log1p),
  softplus,
  sigmoid,
  pow,
  affine,
  where: (test, a, b) => operandOf(tf.where(tf.greater(tensorOf(test), 0), plain(a), plain(b))),
  detach: (a) => a,
};

/**
 * The algebra on tensors: a formula composed of the backend's own operations. It holds its accuracy where `exp`, `log`
 * and the four rules of arithmetic do, whatever the backend makes of softplus, sigmoid, log1p, sign and max.
 */
export const tensors: Ops<Operand> = fold(raw);
