/** What is published of a README holds outside of the repository: relative links are made absolute, or dropped. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishedManifest, publishedReadme } from '../../scripts/published.ts';
import { packages } from '../site/packages.ts';

const home = 'https://code.example/owner/name';
const relative = (text: string) =>
  Array.from(
    text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/\]\((?!https?:|#|mailto:)([^)]+)\)/g),
    ([, link]) => link,
  );

describe.each(packages().map((pkg) => [pkg.name, pkg] as const))(
  '%s',
  (_name, { readme = '', path, folder, manifest }) => {
    it('has no relative link once it is published, with an address or without', () => {
      expect(relative(publishedReadme(readme, path, undefined))).toEqual([]);
      const absolute = publishedReadme(readme, path, home);
      expect(relative(absolute)).toEqual([]);
      expect(absolute.split(home).length - 1).toBe(relative(readme).length);
    });

    it('says in its manifest where it comes from, if that is known', () => {
      const text = readFileSync(join(folder, 'package.json'), 'utf8');
      const { repository } = JSON.parse(publishedManifest(text, path, home));
      expect(repository).toEqual({ type: 'git', url: `git+${home}.git`, directory: path });
      expect(publishedManifest(text, path, undefined)).toBe(text);
    });

    it('can be resolved without `exports`: main and types, and a folder for each subpath', () => {
      const { main, types } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const targets = [{ at: folder, main, types }];
      for (const [subpath, target] of Object.entries(manifest.exports)) {
        if (subpath === '.' || !String(target).endsWith('.js')) continue;
        const at = join(folder, subpath);
        const stub = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
        expect(join(at, stub.main)).toBe(join(folder, String(target)));
        targets.push({ at, main: stub.main, types: stub.types });
      }
      for (const target of targets) {
        expect(existsSync(join(target.at, target.main))).toBe(true);
        expect(existsSync(join(target.at, target.types))).toBe(true);
      }
    });

    it('has a changelog', () => {
      expect(readFileSync(join(folder, 'CHANGELOG.md'), 'utf8')).toMatch(new RegExp(`^# ${manifest.name}\n`));
    });
  },
);

it('code and links to anywhere else are left alone', () => {
  const text = 'See [there](https://a.example) and [below](#below).\n\n```ts\nconst a = b[c](d);\n```\n';
  expect(publishedReadme(text, 'packages/core', undefined)).toBe(text);
});
