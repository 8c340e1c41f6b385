/**
 * What is published of a package's README and manifest: outside of this repository relative links lead nowhere. They become
 * absolute where the root package.json has a `repository`, which is the only place with the project's address; without one,
 * links are dropped, and pictures.
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where the project lives, as `https://host/owner/name`. Undefined while it has no address. */
export function address(): string | undefined {
  const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const url: string | undefined = typeof repository === 'string' ? repository : repository?.url;
  return url?.replace(/^git\+/, '').replace(/\.git$/, '');
}

/** A README whose links hold anywhere. `path` is its package's folder, from the root. */
export function publishedReadme(text: string, path: string, home = address()): string {
  const isRelative = (link: string) => !/^([a-z]+:|\/\/|#)/.test(link);
  const absolute = (link: string, kind: string) => `${home}/${kind}/main/${posix.join(path, link)}`;
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part, i) => {
      // Every second part is a block of code.
      if (i % 2 === 1) return part;
      return part
        .replace(/^!\[[^\]]*\]\(([^)\s]+)\)\n+/gm, (image, link) => {
          if (!isRelative(link)) return image;
          return home === undefined ? '' : image.replace(link, absolute(link, 'raw'));
        })
        .replace(/(?<!!)\[([^\]]+)\]\(([^)\s]+)\)/g, (whole, words, link) => {
          if (!isRelative(link)) return whole;
          return home === undefined ? words : `[${words}](${absolute(link, 'blob')})`;
        });
    })
    .join('');
}

/** A manifest that says where its package comes from, which provenance is checked against. */
export function publishedManifest(text: string, path: string, home = address()): string {
  if (home === undefined) return text;
  const manifest = { ...JSON.parse(text), repository: { type: 'git', url: `git+${home}.git`, directory: path } };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
