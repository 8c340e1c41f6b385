import { type Backend, defaults, extras } from './backend.ts';
import { formats } from './compare.ts';
import { factoryNames } from './family.ts';

/** A backend was described in a way that the suite cannot read. */
export class BadBackend extends Error {}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Sees that every field of a backend is what it has to be: a misspelt one must not look like success.
 *
 * @throws {@link BadBackend} with all that is wrong, each by its field, what it is and what it takes.
 */
export function validateBackend(backend: Backend): void {
  const { name, dtype, device, largest, supports, xfail } = backend as unknown as Fields;
  const problems: string[] = [];
  const expect = (field: string, got: unknown, good: boolean, takes: string) => {
    if (!good) problems.push(`${field} is ${shown(got)}, takes ${takes}`);
  };
  expect('name', name, typeof name === 'string' && name !== '', 'a name');
  expect('dtype', dtype, typeof dtype === 'string' && dtype in formats, words(Object.keys(formats)));
  const devices = ['cpu', 'gpu', 'composed'];
  expect('device', device, device === undefined || devices.includes(device as string), words(devices));
  const isCount = Number.isInteger(largest) && Number(largest) > 0;
  expect('largest', largest, largest === undefined || largest === Infinity || isCount, 'a whole number > 0');
  for (const method of ['evaluate', 'close', 'resources', 'runtime', 'unavailable'] as const) {
    const got = backend[method];
    expect(method, got, typeof got === 'function' || (got === undefined && method !== 'evaluate'), 'a function');
  }
  expect('xfail', xfail, xfail === undefined || Array.isArray(xfail), 'an array of expected failures');
  const isObject = typeof supports === 'object' && supports !== null && !Array.isArray(supports);
  expect('supports', supports, supports === undefined || isObject, 'an object');
  if (isObject) problems.push(...ofSupports(supports as Fields));
  if (problems.length > 0) throw new BadBackend(`${shown(name)}: ${problems.join('; ')}`);
}

function ofSupports(supports: Fields): string[] {
  const features: readonly string[] = [...defaults, ...extras];
  return Object.entries(supports).flatMap(([field, got]) => {
    const at = `supports.${field} is ${shown(got)}`;
    if (got === undefined) return [];
    if (field === 'badInput') return got === 'throws' || got === 'nan' ? [] : [`${at}, takes 'throws' or 'nan'`];
    if (field === 'losses') {
      const known = Array.isArray(got) && got.every((loss) => factoryNames.includes(loss));
      return known ? [] : [`${at}, takes names of factories: ${factoryNames.join(', ')}`];
    }
    if (!features.includes(field))
      return [`${at}, which is no feature: they are ${features.join(', ')}, losses, badInput`];
    return typeof got === 'boolean' ? [] : [`${at}, takes true or false`];
  });
}

const words = (all: readonly string[]) => all.map((word) => `'${word}'`).join(' or ');
const shown = (got: unknown): string =>
  typeof got === 'string' ? JSON.stringify(got) : Array.isArray(got) ? JSON.stringify(got) : String(got);

/**
 * Sees that a list has backends, each with a name of its own.
 *
 * @throws {@link BadBackend} otherwise.
 */
export function validateList(backends: readonly { readonly name: string }[]): void {
  if (backends.length === 0) throw new BadBackend('there is no backend to test: the list is empty');
  const names = backends.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new BadBackend(`two backends are called ${JSON.stringify(twice)}: each takes a name of its own`);
}
