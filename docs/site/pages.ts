/** The pages made of Markdown: guides, packages, and what lies beside them; found by walking. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docs, packages, root } from './packages.ts';

export type Language = 'en' | 'zh-Hans';

/** One document and its place on the site. */
export interface Page {
  /** Of the Markdown, from the root of the repository. */
  readonly path: string;
  /** Of the page, from the root of the site. */
  readonly file: string;
  readonly section: string;
  /** As HTML names it. Guides in Chinese lie in `guides/zh`. */
  readonly language: Language;
  readonly title: string;
  readonly description: string;
  /** Without its front matter. */
  readonly text: string;
}

/** The sections of the navigation, in order. A guide names its own. */
export const sectionNames = ['Use', 'Understand', 'Extend', 'Packages'] as const;

/** `docs/guides/index.md → index.html`, `packages/tfjs/README.md → packages/tfjs.html`, `conformance/PYTHON.md → conformance-python.html`. */
export function siteName(path: string): string {
  const [, guide] = /^docs\/guides\/(.*)\.md$/.exec(path) ?? [];
  if (guide !== undefined) return `${guide}.html`;
  const [, folder, name] = /^(.*)\/([^/]*)\.md$/.exec(path) ?? [];
  const key = folder.split('/').at(-1);
  return name === 'README' ? `packages/${key}.html` : `packages/${key}-${name.toLowerCase()}.html`;
}

/** All of them in the order of the navigation. */
export function pages(): Page[] {
  const guides = readdirSync(join(docs, 'guides'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => guide(`docs/guides/${name}`))
    .sort((a, b) => a.order - b.order);
  const readmes = packages().flatMap(({ path, readme, name, description }): Page[] => {
    if (readme === undefined) return [];
    const file = `${path}/README.md`;
    return [
      { path: file, file: siteName(file), section: 'Packages', language: 'en', title: name, description, text: readme },
    ];
  });
  const all = [...guides, ...readmes, ...beside()];
  return sectionNames.flatMap((section) => all.filter((page) => page.section === section));
}

function guide(path: string): Page & { order: number } {
  const [, head, text] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(readFileSync(join(root, path), 'utf8')) ?? [];
  const fields = Object.fromEntries(head?.split('\n').map((line) => line.split(/:\s+(.*)/)) ?? []);
  const { title, section, order, description } = fields;
  if (!title || !order || !description || !sectionNames.includes(section)) {
    throw new Error(`${path}: a guide begins with title, section (${sectionNames.join(', ')}), order and description`);
  }
  const language = path.startsWith('docs/guides/zh/') ? 'zh-Hans' : 'en';
  return { path, file: siteName(path), section, language, title, description, text, order: Number(order) };
}

/** Pages of the packages other than READMEs and what a guide already shows. */
function beside(): Page[] {
  return packages().flatMap(({ folder, path, name }) =>
    readdirSync(folder)
      .filter((file) => /^[A-Z]+\.md$/.test(file) && !['README.md', 'CLAUSES.md', 'CHANGELOG.md'].includes(file))
      .map((file) => {
        const text = readFileSync(join(folder, file), 'utf8');
        const [, title = file] = /^# (.*)$/m.exec(text) ?? [];
        const from = `${path}/${file}`;
        return {
          path: from,
          file: siteName(from),
          section: 'Packages',
          language: 'en',
          title,
          description: `${title}, a page of ${name}.`,
          text,
        };
      }),
  );
}

/** Where a file of the repository is found on the site, if it is there at all. */
export function resolver(all: readonly Page[], copied: Set<string>) {
  const files = new Map(all.map(({ path, file }) => [path, file]));
  // The README of the repository is what the first page says; the clauses are a guide.
  files.set('README.md', 'index.html').set('conformance/CLAUSES.md', 'specification.html');
  return (path: string): string | undefined => {
    const page = files.get(path) ?? files.get(`${path}/README.md`);
    if (page !== undefined) return page;
    const [, figure] = /^docs\/figures\/(.*\.svg)$/.exec(path) ?? [];
    if (figure !== undefined) return `figures/${figure}`;
    if (!/\.(svg|png)$/.test(path) || !existsSync(join(root, path))) return undefined;
    copied.add(path);
    return `files/${path}`;
  };
}
