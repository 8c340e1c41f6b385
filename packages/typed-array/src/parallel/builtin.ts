type Builtins = { 'node:os': typeof import('node:os'); 'node:worker_threads': typeof import('node:worker_threads') };

/**
 * A module of Node.js, Bun or Deno, asked for while the program runs: at an `import` of one bundlers for the web stop. Undefined
 * elsewhere.
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  if (typeof process !== 'object' || process.versions?.node === undefined) return undefined;
  return process.getBuiltinModule?.(name) as Builtins[Name] | undefined;
}
