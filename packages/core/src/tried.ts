import { FocalLossError } from './errors.ts';
import type { Link } from './formulas/member.ts';
import type { Formula, Ops } from './ops.ts';

/** A value of a formula that is only tried out: what operations give, and all that they take. */
class Value {}

const OPERATIONS = [
  ...(['add', 'sub', 'mul', 'div', 'neg', 'abs', 'sign', 'max', 'exp', 'log', 'log1p', 'softplus', 'sigmoid'] as const),
  ...(['pow', 'affine', 'where', 'detach'] as const),
];

/**
 * Runs a formula of somebody's own once, on values that are nothing but values: a number among them, which the reference might take for one
 * of its own, would fail deep inside of a backend.
 *
 * @throws {@link FocalLossError} naming the operation that got something else, or that the formula returns something else.
 */
export function tryFormula(where: string, formula: Formula, link: Link, params: readonly string[]): void {
  const need = (got: unknown, what: string) => {
    if (got instanceof Value) return;
    const takes = `${what}: x, y, a parameter, or what an operation of o gives, such as o.constant(2) for a number`;
    throw new FocalLossError(where, [{ field: 'formula', got, takes }]);
  };
  const operation =
    (name: string) =>
    (...args: unknown[]) => {
      for (const each of args) need(each, `values in o.${name}`);
      return new Value();
    };
  const listening = {
    tiny: 2 ** -1022,
    literal: () => undefined,
    constant: () => new Value(),
    ...Object.fromEntries(OPERATIONS.map((name) => [name, operation(name)])),
  } as unknown as Ops<Value>;
  const given = Object.fromEntries(params.map((name) => [name, new Value()]));
  need(formula(listening, new Value(), link === 'softmax' ? listening.constant(1) : new Value(), given), 'a value');
}
