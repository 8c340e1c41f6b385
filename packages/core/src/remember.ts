/**
 * Operations that remember what they have made: of the same arguments they give the same value again, instead of computing it
 * twice. For algebras whose values are tensors, where each operation is a kernel that runs: a loss and its derivatives have
 * many terms in common.
 *
 * Values must not change and must live as long as what this returns: make one for each call.
 *
 * @param operations An object of functions without side effects; what is no function stays as it is.
 */
export function remember<O extends object>(operations: O): O {
  const numbers = new WeakMap<object, string>();
  let known = 0;
  const made = new Map<string, unknown>();
  const keyOf = (argument: unknown): string => {
    if (typeof argument !== 'object' || argument === null) return Object.is(argument, -0) ? '-0' : String(argument);
    const { literal } = argument as { literal?: number };
    if (literal !== undefined) return keyOf(literal);
    const key = numbers.get(argument) ?? `#${known++}`;
    numbers.set(argument, key);
    return key;
  };
  const remembering =
    (name: string, operation: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      const key = `${name} ${args.map(keyOf)}`;
      if (!made.has(key)) made.set(key, operation(...args));
      return made.get(key);
    };
  const entries = Object.entries(operations).map(([name, operation]) => [
    name,
    typeof operation === 'function' ? remembering(name, operation) : operation,
  ]);
  return Object.fromEntries(entries) as O;
}
