/**
 * Builds the site into docs/dist: figures, guides, packages, API reference, playground. Static, from any folder, without
 * a request to anybody else.
 *
 *     npm run docs
 *     npm run site -w docs -- pages    the pages anew; playground and API reference stay as they are
 *     npm run site -w docs -- api      pages and API reference; the playground stays
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { figure as realInput } from '../examples/real-input/shares.ts';
import { accuracyFigure, accuracyFile, ranDtypes } from '../figures/accuracy.ts';
import { anchors } from '../figures/anchors.ts';
import { figure2 } from '../figures/detectors.ts';
import { figure1, figures5and6 } from '../figures/paper.ts';
import { address, sitemap } from './address.ts';
import { documented } from './api/project.ts';
import { referencePages } from './api/reference.ts';
import { changelog } from './changelog.ts';
import { highlighter } from './highlight.ts';
import { brokenLinks } from './links.ts';
import { renderer } from './markdown.ts';
import { missing } from './missing.ts';
import { docs, packages, root } from './packages.ts';
import { pages, resolver } from './pages.ts';
import { playground } from './playground.ts';
import { playgroundPage } from './playgroundPage.ts';
import { examined, reports } from './reports.ts';
import { apiIndex, pageIndex } from './search.ts';
import { fill } from './sections/index.ts';
import { page } from './template.ts';
import { widgets } from './widgets.ts';

const out = join(docs, 'dist');
const started = performance.now();
const log = (what: string) =>
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${what}`);

/** Writes a file of the site. */
function write(file: string, text: string): void {
  const path = join(out, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const all = packages();
for (const pkg of all) {
  if (examined(pkg) && !existsSync(join(docs, 'reports', `${pkg.key}.json`))) {
    log(`${pkg.name} has no reports yet: npm run readme`);
  }
}
const unfinished = all.filter(({ built }) => !built);
for (const { name } of unfinished) log(`${name} has no sources or is not built: left out`);

const material = { packages: all, reports: reports() };
log(`${material.reports.reports.length} conformance reports`);

/** What takes long, and stays as it is where only some of the site is asked for. */
const staying = { pages: ['playground', 'api'], api: ['playground'], undefined: [] } as const;
const only = process.argv[2] as keyof typeof staying | undefined;
const stays: readonly string[] | undefined = staying[only ?? 'undefined'];
if (stays === undefined) throw new Error(`npm run site -w docs -- ${only}: it takes pages, api, or nothing`);
for (const name of existsSync(out) ? readdirSync(out) : []) {
  if (!stays.includes(name)) rmSync(join(out, name), { recursive: true });
}

// What the formulas alone decide is kept in the repository, too, where READMEs show it.
const drawn = {
  'anchors.svg': anchors(),
  'real-input.svg': realInput,
  'figure-1.svg': figure1(),
  'figure-2.svg': figure2(),
  'figures-5-6.svg': figures5and6(),
};
for (const [file, svg] of Object.entries(drawn)) {
  writeFileSync(join(docs, 'figures', file), svg);
  write(`figures/${file}`, svg);
}
for (const dtype of ranDtypes(material.reports.reports)) {
  write(`figures/${accuracyFile(dtype)}`, await accuracyFigure(material.reports.reports, dtype));
}
log('figures');

const list = pages();
const copied = new Set<string>();
const render = await renderer(resolver(list, copied), (src) => {
  const file = src.startsWith('files/') ? join(root, src.slice('files/'.length)) : join(out, src);
  const [, width, height] =
    (src.endsWith('.svg') && existsSync(file) && /viewBox="0 0 (\d+) (\d+)"/.exec(readFileSync(file, 'utf8'))) || [];
  return width === undefined ? undefined : [width, height];
});
const found = list.map((one) => ({ page: one, ...render(fill(one.text, one.path, material), one.path) }));
for (const { page: one, html, headings } of found) write(one.file, page({ ...one, html, headings }, list));
const changes = {
  file: 'changelog.html',
  title: 'Changelog',
  description: 'What changed in which version, and what the next one brings.',
};
const changed = render(changelog(), 'CHANGELOG.md');
write(changes.file, page({ ...changes, ...changed }, list));
write('playground.html', page(playgroundPage(all), list));
write('404.html', page(missing, list, address));
write('assets/search-pages.js', pageIndex([...found, { page: changes, ...changed }]));
for (const path of copied) {
  mkdirSync(dirname(join(out, 'files', path)), { recursive: true });
  cpSync(join(root, path), join(out, 'files', path));
}
cpSync(join(docs, 'site/assets'), join(out, 'assets'), { recursive: true });
const katex = dirname(fileURLToPath(import.meta.resolve('katex/dist/katex.min.css')));
cpSync(join(katex, 'katex.min.css'), join(out, 'assets/katex/katex.min.css'));
for (const font of readdirSync(join(katex, 'fonts'))) {
  if (font.endsWith('.woff2')) cpSync(join(katex, 'fonts', font), join(out, 'assets/katex/fonts', font));
}
log(`${list.length + 3} pages`);

await widgets(join(out, 'assets/widgets'));
log('widgets');

if (!stays.includes('playground')) {
  await playground(join(out, 'playground'), all);
  log('playground');
}
if (!stays.includes('api')) {
  const written = all.filter(
    ({ folder }) => existsSync(join(folder, 'src/index.ts')) && existsSync(join(folder, 'tsdown.config.ts')),
  );
  const descriptions = new Map(written.map(({ name, description }) => [name, description]));
  const reference = referencePages(await documented(written), descriptions, render, await highlighter());
  for (const one of reference.pages) write(one.file, page(one, list));
  write('api/search-api.js', apiIndex(reference.names));
  log(`API reference: ${reference.pages.length} pages, ${reference.names.length} names`);
}

if (address === undefined) {
  log('no public address yet (docs/site/address.ts): no sitemap, no canonical links, no picture in previews');
} else {
  const all = readdirSync(out, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
  write('sitemap.xml', sitemap(all.filter((file) => file.endsWith('.html') && file !== '404.html').sort(), address));
  log('sitemap');
}

const problems = brokenLinks(out);
if (problems.length > 0) throw new Error(`links:\n${problems.join('\n')}`);
log('links hold: docs/dist/index.html');
