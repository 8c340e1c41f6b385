/** Models as files: read in places, written in pieces, and what lies beside them. */
import { closeSync, copyFileSync, existsSync, fstatSync, mkdirSync, openSync, readSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import { FocalLossError } from '@focal-loss/core';
import type { ModelSource } from '../fields.ts';

/** Names lie next to one another: so much is read around each. */
const WINDOW = 2 ** 16;

/** Gives a file to look into, and closes it afterwards. */
export async function withFile<T>(path: string, use: (source: ModelSource) => T): Promise<Awaited<T>> {
  const file = openSync(path, 'r');
  try {
    const { size: length } = fstatSync(file);
    let window: { from: number; bytes: Uint8Array } = { from: 0, bytes: new Uint8Array() };
    const exactly = (from: number, to: number) => {
      const bytes = new Uint8Array(to - from);
      for (let at = 0; at < bytes.length; ) {
        const count = readSync(file, bytes, at, bytes.length - at, from + at);
        if (count === 0) throw new Error(`${path} got shorter while it was read`);
        at += count;
      }
      return bytes;
    };
    return await use({
      length,
      read: (from, to) => {
        if (to - from >= WINDOW) return exactly(from, to);
        if (from < window.from || to > window.from + window.bytes.length) {
          window = { from, bytes: exactly(from, Math.min(length, from + WINDOW)) };
        }
        return window.bytes.subarray(from - window.from, to - window.from);
      },
    });
  } finally {
    closeSync(file);
  }
}

/** Refuses to write into what is being read. */
export function checkApart(model: string, output: string): void {
  if (!existsSync(output) || realpathSync(output) !== realpathSync(model)) return;
  const takes = 'another file than the model: that one is read while this one is written';
  throw new FocalLossError('focal-onnx', [{ field: '-o', got: output, takes }]);
}

/**
 * Copies the files that a model has numbers in: they are looked for in the folder of the model that names them. What is
 * there already stays, and has to be the same.
 *
 * @returns What was copied.
 */
export async function copyBeside(model: string, output: string, external: Iterable<string>): Promise<string[]> {
  const [from, to] = [dirname(model), dirname(output)];
  if (realpathSync(from) === realpathSync(to)) return [];
  const refuse = (why: string) =>
    new FocalLossError('focal-onnx', [{ field: '-o', got: output, takes: `a file in the folder ${from}: ${why}` }]);
  const missing: string[] = [];
  for (const location of external) {
    const path = normalize(location);
    if (isAbsolute(path) || path.split(sep)[0] === '..') {
      throw refuse(`the model has numbers in "${location}", which it looks for from there`);
    }
    if (!existsSync(join(to, path))) missing.push(path);
    else if (!(await isSame(join(from, path), join(to, path)))) {
      throw refuse(`the model has numbers in "${location}", and ${to} has another file of that name`);
    }
  }
  for (const path of missing) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    copyFileSync(join(from, path), join(to, path));
  }
  return missing;
}

/** Whether two files have the same bytes. */
const isSame = (one: string, other: string) =>
  withFile(one, (a) =>
    withFile(other, (b) => {
      if (a.length !== b.length) return false;
      for (let at = 0; at < a.length; at += WINDOW) {
        const to = Math.min(a.length, at + WINDOW);
        if (Buffer.compare(a.read(at, to), b.read(at, to)) !== 0) return false;
      }
      return true;
    }),
  );
