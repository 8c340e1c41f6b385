/** Packs a package as npm would publish it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { root } from '../docs/site/packages.ts';
import { publishedManifest, publishedReadme } from './published.ts';

/** A packed package. */
export interface Packed {
  readonly name: string;
  /** The tarball. */
  readonly file: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** Bytes, packed. */
  readonly size: number;
}

/** Packs the package in `folder` into `into`, as it lies there. */
export const pack = (folder: string, into: string): Packed => packAll([folder], into)[0];

/** {@link pack} of several at once: most of the time is that which npm takes to start. */
export function packAll(folders: readonly string[], into: string): Packed[] {
  const out = execFileSync('npm', ['pack', ...folders, '--json', '--pack-destination', into], {
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  });
  const packed: { name: string; filename: string; files: Packed['files']; size: number }[] = JSON.parse(out.toString());
  return packed.map(({ name, filename, files, size }) => ({ name, file: join(into, filename), files, size }));
}

/** What is published of it: {@link pack} of a copy in which README and manifest hold outside of this repository, too. */
export function packPublished(folder: string, into: string): Packed {
  const path = relative(root, folder).split(sep).join('/');
  const staged = mkdtempSync(join(tmpdir(), 'focal-loss-staged-'));
  try {
    const { file } = pack(folder, staged);
    const copy = join(staged, 'package');
    mkdirSync(copy);
    execFileSync('tar', ['-xzf', file, '-C', staged]);
    for (const [name, published] of [
      ['README.md', publishedReadme],
      ['package.json', publishedManifest],
    ] as const) {
      writeFileSync(join(copy, name), published(readFileSync(join(copy, name), 'utf8'), path));
    }
    return pack(copy, into);
  } finally {
    rmSync(staged, { recursive: true });
  }
}
