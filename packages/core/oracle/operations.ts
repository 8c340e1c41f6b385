import type { Case, Input, Operation } from './case.ts';
import { Decimal, digitsFor, exact, exp, ln, nearest, one, pow, sum, withDigits, zero } from './decimal.ts';
import { confirm } from './difference.ts';

type Args = readonly Decimal[];

/** An operation of the algebra in the words of a calculus textbook. */
interface Definition {
  readonly value: (...args: Args) => Decimal;
  /** The derivative by each argument. */
  readonly partials: (...args: Args) => Args;
  /** Where the derivative is a convention and not a limit of differences. */
  readonly kink?: (...args: Args) => boolean;
}

const step = (a: Decimal) => (a.isZero() ? zero : new Decimal(a.s));

const sigmoid = (a: Decimal) => one.div(one.plus(exp(a.neg())));

const operations: Readonly<Record<string, Definition>> = {
  add: { value: (a, b) => a.plus(b), partials: () => [one, one] },
  sub: { value: (a, b) => a.minus(b), partials: () => [one, one.neg()] },
  mul: { value: (a, b) => a.times(b), partials: (a, b) => [b, a] },
  div: { value: (a, b) => a.div(b), partials: (a, b) => [one.div(b), a.neg().div(b.times(b))] },
  neg: { value: (a) => a.neg(), partials: () => [one.neg()] },
  abs: { value: (a) => a.abs(), partials: (a) => [step(a)] },
  sign: { value: step, partials: () => [zero], kink: (a) => a.isZero() },
  // At a tie the mean of both slopes, as for abs.
  max: {
    value: (a, b) => Decimal.max(a, b),
    partials: (a, b) => [one.plus(step(a.minus(b))).div(2), one.plus(step(b.minus(a))).div(2)],
  },
  exp: { value: exp, partials: (a) => [exp(a)] },
  log: { value: ln, partials: (a) => [one.div(a)] },
  log1p: { value: (a) => ln(one.plus(a)), partials: (a) => [one.div(one.plus(a))] },
  softplus: { value: (a) => ln(one.plus(exp(a))), partials: (a) => [sigmoid(a)] },
  sigmoid: { value: sigmoid, partials: (a) => [sigmoid(a).times(one.minus(sigmoid(a)))] },
  pow: {
    value: pow,
    // At 0 the slope is that of p = 1 or else 0, for p < 1 too: a loss has no slope where it weighs nothing.
    partials: (a, p) => [a.isZero() ? (p.eq(1) ? one : zero) : p.times(pow(a, p.minus(1))), zero],
    kink: (a) => a.isZero(),
  },
  where: {
    value: (test, a, b) => (test.gt(0) ? a : b),
    partials: (test) => (test.gt(0) ? [zero, one, zero] : [zero, zero, one]),
    kink: (test) => test.isZero(),
  },
  // The derivative is 0 because that is what it is for, not because it is.
  detach: { value: (a) => a, partials: () => [zero], kink: () => true },
  affine: { value: (a, x, b) => a.times(x).plus(b), partials: (a, x) => [x, a, one] },
};

/** A case with its answer: the operation at every pair of a logit and a target, and its derivative by the logit. */
export function apply(id: string, operation: Operation, input: Input): Case {
  const { op, args, params } = operation;
  const { value, partials, kink } = operations[op];
  const points = input.logits.map((logit, i) =>
    withDigits(digitsFor(Math.abs(logit)), () => {
      const at = (x: Decimal) =>
        args.map((name) => (name === 'x' ? x : exact(name === 'y' ? input.targets[i] : params[name])));
      const x = exact(logit);
      const slopes = partials(...at(x));
      const grad = sum(slopes.filter((_, k) => args[k] === 'x'));
      if (!kink?.(...at(x))) confirm(id, ([nudged]) => value(...at(nudged)), [x], [grad], [grad.abs()]);
      return { value: nearest(value(...at(x))), grad: nearest(grad) };
    }),
  );
  const expect = { value: points.map((point) => point.value), grad: points.map((point) => point.grad) };
  return { id, clause: `operations.${op}`, operation, input, expect };
}
