/** Packs every published package, found by walking, as npm would publish it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A packed package. */
export interface Packed {
  readonly name: string;
  /** The tarball. */
  readonly file: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** Bytes, packed. */
  readonly size: number;
}

/** Packs the package in `folder` into `into`. */
export function pack(folder: string, into: string): Packed {
  const out = execFileSync('npm', ['pack', '--json', '--pack-destination', into], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ name, filename, files, size }] = JSON.parse(out.toString());
  return { name, file: join(into, filename), files, size };
}
