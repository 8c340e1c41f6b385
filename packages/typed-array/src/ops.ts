import type { Syntax } from '@focal-loss/core';

/** The operations of a {@link Syntax} on values of one's own, by their names. */
export type Operations<T> = Readonly<Record<string, (...args: T[]) => T>>;

/** What programs are written in to be read by {@link read}: calls of the operations, and names for numbers. */
export interface Readable extends Syntax {
  readonly numbers: ReadonlyMap<string, number>;
}

export function readable(): Readable {
  const numbers = new Map<string, number>();
  const names = new Map<number, string>();
  const call =
    (name: string) =>
    (...args: string[]) =>
      `${name}(${args.join()})`;
  return {
    numbers,
    tiny: 2 ** -126,
    number(value) {
      // Of -0 nothing is to be seen, neither here nor by a Map.
      const name = names.get(value) ?? `number${names.size}`;
      names.set(value, name);
      numbers.set(name, value);
      return name;
    },
    declare: (name, expression) => `${name}=${expression}`,
    add: call('add'),
    sub: call('sub'),
    mul: call('mul'),
    div: call('div'),
    neg: call('neg'),
    abs: call('abs'),
    sign: call('sign'),
    max: call('max'),
    exp: call('exp'),
    log: call('log'),
    log1p: call('log1p'),
    pow: call('pow'),
    expNegative: call('expNegative'),
    log1pUnit: call('log1pUnit'),
    nonNegative: call('nonNegative'),
    positive: call('positive'),
    affineLow: call('affineLow'),
    sigmoidPow: call('sigmoidPow'),
  };
}

/** Gives each name that `statements` declare its vector, in `known`. */
export function read<T>(statements: readonly string[], operations: Operations<T>, known: Map<string, T>): void {
  for (const statement of statements) {
    const [name, ...tokens] = statement.match(/\w+|\(|\)/g) as string[];
    let at = 0;
    const next = (): T => {
      const word = tokens[at++];
      if (tokens[at] !== '(') return known.get(word) as T;
      const args: T[] = [];
      for (at++; tokens[at] !== ')'; ) args.push(next());
      at++;
      return operations[word](...args);
    };
    known.set(name, next());
  }
}
