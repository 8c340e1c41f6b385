import type { Problem } from '@focal-loss/core';
import type { NodeInfo, Owner, Scan } from './scan.ts';

/**
 * New names that something else has: the model, its subgraphs, or another new name. ONNX Runtime would find them too, and
 * say less of where.
 *
 * @param names Name by option.
 */
export function clashes({ owners }: Scan, names: ReadonlyMap<string, string>): Problem[] {
  const seen = new Map<string, string>();
  return [...names].flatMap(([field, name]) => {
    const owner = owners.get(name);
    const twin = seen.get(name);
    seen.set(name, field);
    if (owner !== undefined) {
      return [{ field, got: name, takes: `another name: the model already has "${name}", ${whereabouts(owner)}` }];
    }
    return twin === undefined ? [] : [{ field, got: name, takes: `another name: ${twin} is "${name}" too` }];
  });
}

const kinds = {
  input: 'an input',
  output: 'an output',
  initializer: 'an initializer',
  'sparse initializer': 'a sparse initializer',
  value_info: 'a name in value_info that nothing computes',
};

/** What a name stands for, and where. */
export function whereabouts({ as, within }: Owner): string {
  const what = typeof as === 'string' ? kinds[as] : `an output of ${called(as)}`;
  return within === undefined ? what : `${what} in a subgraph of ${called(within)}`;
}

const called = ({ name, op }: NodeInfo) => (name === '' ? `a node ${op}` : `node "${name}" (${op})`);

/** Values that a wrong name for logits may have meant, the nearest first. */
export function nearMatches({ values, initializers }: Scan, wanted: unknown): string[] {
  if (typeof wanted !== 'string' || wanted === '') return [];
  const own = wanted.toLowerCase();
  const limit = Math.min(3, Math.max(1, Math.floor(own.length / 3)));
  return [...values]
    .flatMap((name) => {
      const other = name.toLowerCase();
      const contains = own.length > 2 && other.length > 2 && (own.includes(other) || other.includes(own));
      const far = Math.abs(own.length - other.length);
      const distance = contains ? far : far > limit ? Infinity : editDistance(own, other);
      return initializers.has(name) || (!contains && distance > limit) ? [] : [{ name, distance }];
    })
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map(({ name }) => name);
}

/** Levenshtein's: how many letters to insert, leave out or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
  }
  return row[b.length];
}
