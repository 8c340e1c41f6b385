/** READMEs and guides: links hold, sections are generated, packages describe themselves in one shape. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { rows as realInput } from '../examples/real-input/shares.ts';
import { rows as usualFormula } from '../examples/usual-formula/rows.ts';
import { firstRows } from '../readme/sections.ts';
import { table } from '../readme/table.ts';
import { slug } from '../site/html.ts';
import { packages, root } from '../site/packages.ts';
import { examined, reports } from '../site/reports.ts';
import { startOf } from '../site/sections/starts.ts';
import { documents } from './snippets/documents.ts';

const headings = (text: string) =>
  new Set(
    Array.from(text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm), ([, words]) =>
      slug(words.replaceAll('`', '').replace(/\[(.*?)\]\(.*?\)/g, '$1')),
    ),
  );

describe.each(documents.map(({ path, text }) => [path, text] as const))('%s', (path, text) => {
  it('links to files and places that exist', () => {
    const links = Array.from(text.matchAll(/\]\((?!https?:|site:|mailto:)([^)]+)\)/g), ([, link]) => link);
    const broken = links.filter((link) => {
      const [file, place] = link.split('#');
      // Accuracy figures are drawn when the site is built.
      if (file.includes('figures/accuracy-')) return false;
      const target = file === '' ? join(root, path) : join(root, dirname(path), file);
      if (!existsSync(target)) return true;
      return place !== undefined && target.endsWith('.md') && !headings(readFileSync(target, 'utf8')).has(place);
    });
    expect(broken).toEqual([]);
  });
});

describe('generated sections of the README', () => {
  const text = readFileSync(join(root, 'README.md'), 'utf8');

  it('the tables of the real input and of the usual formula are those that their examples print', () => {
    expect(text).toContain(table(realInput));
    expect(text).toContain(table(usualFormula));
  });

  it('has a row of one backend a package; the site has them all', () => {
    expect(text).toContain(table(firstRows(reports())));
  });

  it.each(
    packages()
      .filter(examined)
      .map((pkg) => [pkg.name, pkg] as const),
  )(
    'every conformance backend of %s has a report kept for the site: else npm run readme',
    async (_name, { key, folder }) => {
      const kept = readFileSync(join(root, 'docs/reports', `${key}.json`), 'utf8');
      const { default: backends } = await import(pathToFileURL(join(folder, 'conformance.js')).href);
      for (const { name } of [backends].flat()) {
        expect(kept).toContain(JSON.stringify(name));
      }
    },
  );
});

describe.each(packages().map((pkg) => [pkg.name, pkg] as const))('the README of %s', (name, pkg) => {
  it('has the shape of all of them: its name, a line what it is, how to install it, an example', () => {
    expect(pkg.readme, 'no README').toBeDefined();
    expect(pkg.readme).toMatch(new RegExp(`^# ${name}\n\n[A-Z]`));
    const start = startOf(pkg);
    expect(start?.install).toContain(`npm install`);
    expect(start?.install).toContain(name);
    expect(start?.code).toContain('@focal-loss/');
  });

  it('can be published: licence, description, public access with provenance', () => {
    const manifest = JSON.parse(readFileSync(join(pkg.folder, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({
      license: 'MIT',
      type: 'module',
      engines: { node: '>=20.19' },
      publishConfig: { access: 'public', provenance: true },
    });
    expect(manifest.keywords).toContain('focal-loss');
    // npm packs a licence that lies beside the manifest, and no other.
    expect(readFileSync(join(pkg.folder, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
  });
});
