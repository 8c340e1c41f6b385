/** Every document of the repository that has code in it: READMEs, pages beside them, guides. Found by walking. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packages, root } from '../../site/packages.ts';

/** A block of code in a document. */
export interface Fence {
  readonly path: string;
  /** Counted from 1 in its document. */
  readonly index: number;
  /** What stands behind the three backticks. */
  readonly info: string;
  readonly code: string;
}

export interface Document {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly fences: readonly Fence[];
}

const pagesIn = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md')
    .map((name) => join(folder, name));

export const documents: readonly Document[] = [
  ...pagesIn('.'),
  ...['docs', 'docs/guides', 'docs/guides/zh', 'testing', ...packages().map(({ path }) => path)].flatMap(pagesIn),
]
  .filter((path) => existsSync(join(root, path)))
  .map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const fences = Array.from(text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm), ([, info, code], i) => ({
      path,
      index: i + 1,
      info: info.trim(),
      code,
    }));
    return { path, text, fences };
  });

/** What the comments behind a snippet's console.log calls say is printed. */
export const promised = (code: string): string[] =>
  Array.from(code.matchAll(/^ *console\.log\((?:.*|\n[\s\S]*?\n *)\);(?: \/\/ |\n *\/\/ )(.*)$/gm), ([, said]) => said);
