import { defineLoss, type Formula, factories, type Loss, type Ops } from '@focal-loss/core';
import type { LossSpec, OperationSpec, Vector } from './vectors.ts';

/** The loss a case is about, as core makes it. */
export function lossOf({ id, loss, operation }: Vector): Loss {
  if (loss !== undefined) return fromFactory(loss);
  if (operation !== undefined) return fromOperation(operation);
  throw new Error(`${id}: a case needs a loss or an operation`);
}

function fromFactory({ factory, options }: LossSpec): Loss {
  const make = (factories as unknown as Readonly<Record<string, (options: object) => Loss>>)[factory];
  if (make === undefined) throw new Error(`@focal-loss/core exports no factory ${factory}`);
  return make(options);
}

/** A loss whose formula is one operation, so that backends meet each of them alone before they meet a loss. */
function fromOperation({ op, args, params }: OperationSpec): Loss {
  const formula: Formula = <T>(o: Ops<T>, x: T, y: T, parameters: Readonly<Record<string, T>>) => {
    const operations = o as unknown as Readonly<Record<string, (...operands: T[]) => T>>;
    return operations[op](...args.map((name) => (name === 'x' ? x : name === 'y' ? y : parameters[name])));
  };
  return defineLoss({ name: op, formula, params, reduction: 'none' });
}
