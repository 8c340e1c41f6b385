/** Packs packages as npm would publish them: all at once, since most of the time is that which npm takes to start. */
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

/** Packs the packages in `folders` into `into`, as they lie there. */
export function packAll(folders: readonly string[], into: string): Packed[] {
  const out = execFileSync('npm', ['pack', ...folders, '--json', '--pack-destination', into], {
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  });
  const packed: { name: string; filename: string; files: Packed['files']; size: number }[] = JSON.parse(out.toString());
  return packed.map(({ name, filename, files, size }) => ({ name, file: join(into, filename), files, size }));
}

/** What is published of them: {@link packAll} of copies in which README and manifest hold outside of this repository, too. */
export function packPublished(folders: readonly string[], into: string): Packed[] {
  const staged = mkdtempSync(join(tmpdir(), 'focal-loss-staged-'));
  try {
    const copies = packAll(folders, staged).map(({ file }, i) => {
      const path = relative(root, folders[i]).split(sep).join('/');
      const copy = join(staged, String(i));
      mkdirSync(copy);
      execFileSync('tar', ['-xzf', file, '--strip-components=1', '-C', copy]);
      for (const [name, published] of [
        ['README.md', publishedReadme],
        ['package.json', publishedManifest],
      ] as const) {
        writeFileSync(join(copy, name), published(readFileSync(join(copy, name), 'utf8'), path));
      }
      return copy;
    });
    return packAll(copies, into);
  } finally {
    rmSync(staged, { recursive: true });
  }
}
