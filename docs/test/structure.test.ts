/** How the house is built: no import circles, no long files, and the same rooms in every adapter. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root } from '../site/packages.ts';

/** Every folder of sources. Packages are found by walking. */
const packageNames = readdirSync(join(root, 'packages')).filter((name) =>
  existsSync(join(root, 'packages', name, 'src')),
);
const folders = [...packageNames.map((name) => `packages/${name}/src`), 'conformance/src', 'docs/site', 'testing/src'];

/** The TypeScript of a folder, without what the build writes. */
const sourcesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ts$/.test(name) && !/\.(generated|d)\.ts$/.test(name))
    .map((name) => join(root, folder, name))
    .sort();

/** The files that a file imports by a relative path: types, re-exports and dynamic imports as well. */
function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.') && name.endsWith('.ts'))
    .map((name) => join(dirname(file), name));
}

/** The circles that a walk of the imports comes back in, as the names of the files on the way. */
function circles(files: readonly string[]): string[] {
  const done = new Set<string>();
  const way: string[] = [];
  const met: string[] = [];
  const visit = (file: string) => {
    const start = way.indexOf(file);
    if (start >= 0) met.push([...way.slice(start), file].map((name) => relative(root, name)).join(' → '));
    if (start >= 0 || done.has(file)) return;
    way.push(file);
    importsOf(file).forEach(visit);
    way.pop();
    done.add(file);
  };
  files.forEach(visit);
  return met;
}

describe.each(folders)('%s', (folder) => {
  const files = sourcesOf(folder);

  it('has no import circle, types included', () => {
    expect(files.length).toBeGreaterThan(0);
    expect(circles(files)).toEqual([]);
  });

  it('has no file of more than 300 lines', () => {
    const lines = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n').length;
    expect(files.filter((file) => lines(file) > 300).map((file) => relative(root, file))).toEqual([]);
  });
});

/** What every adapter has, and what is in it. */
const rooms = {
  index: 'what is exported',
  ops: 'the algebra',
  elementwise: 'a kernel of losses of single logits',
  rowwise: 'a kernel of losses of rows of logits',
  reduce: 'what happens after the kernel',
  call: 'checks of a call',
  compile: 'options and lifetime',
};

/** Rooms that an adapter is built without, and why. */
const without: Readonly<Record<string, Partial<Record<keyof typeof rooms, string>>>> = {
  onnxruntime: {
    ops: 'the algebra that writes ONNX is that of packages/onnx, which the suite writes its models with, too',
    elementwise: 'the graph of a loss is the frame of core over that algebra',
    rowwise: 'the same graph: the frame has both links',
    reduce: 'the reduction is a part of the graph',
  },
};

/** An adapter is what the suite can ask and what compiles losses. */
const adapters = packageNames.filter((name) => {
  const [index, suite] = ['src/index.ts', 'conformance.js'].map((file) => join(root, 'packages', name, file));
  return existsSync(suite) && /\bcompile\b/.test(readFileSync(index, 'utf8'));
});

describe.each(adapters)('the adapter %s', (name) => {
  const reasons = without[name] ?? {};

  it.each(Object.entries(rooms))('has a room %s: %s', (room) => {
    const file = join(root, 'packages', name, 'src', `${room}.ts`);
    const reason = reasons[room as keyof typeof rooms];
    expect(existsSync(file), reason ?? `${name} has no src/${room}.ts`).toBe(reason === undefined);
  });
});

it('every adapter that is said to be without a room is one', () => {
  expect(adapters.length).toBeGreaterThanOrEqual(4);
  expect(Object.keys(without).filter((name) => !adapters.includes(name))).toEqual([]);
});
