/** The one template of all pages. Every address in it is relative: the site works from any folder. */
import { escapeHtml } from './html.ts';
import type { Heading } from './markdown.ts';
import type { Language, Page } from './pages.ts';

/** What a page is made from. */
export interface Content {
  /** From the root of the site. */
  readonly file: string;
  /** English unless given. */
  readonly language?: Language;
  readonly title: string;
  readonly description: string;
  readonly html: string;
  readonly headings: readonly Heading[];
  /** Further lines of the head, with addresses from the root of the site written as `{root}…`. */
  readonly head?: string;
}

/** The pages without Markdown, at the end of the navigation. */
const tools = [
  { file: 'playground.html', title: 'Playground' },
  { file: 'api/index.html', title: 'API reference' },
];

/** The programs that a page's interactive parts need, by their names. */
const widgets = (html: string) => Array.from(html.matchAll(/ data-widget="(\w+)"/g), ([, name]) => name);

/** `../` as often as a page lies deep. */
const up = (file: string) => '../'.repeat(file.split('/').length - 1);

/** A whole HTML page. `html` has addresses from the root of the site; they are made relative to the page. */
export function page(
  { file, language, title, description, html, headings, head = '' }: Content,
  all: readonly Page[],
): string {
  const root = up(file);
  const name = file === 'index.html' ? 'focal-loss' : `${title} · focal-loss`;
  const contents = headings.filter(({ level }) => level === 2);
  const toc =
    contents.length < 3 || contents.length > 40
      ? ''
      : `<nav class="contents" aria-label="On this page"><h2>On this page</h2><ul>${contents
          .map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`)
          .join('')}</ul></nav>`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(name)}</title>
<meta name="description" content="${escapeHtml(description)}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${root}assets/icon.svg">
<link rel="stylesheet" href="${root}assets/style.css">
${html.includes('class="katex"') ? `<link rel="stylesheet" href="${root}assets/katex/katex.min.css">` : ''}
<script src="${root}assets/theme.js"></script>
${widgets(html)
  .map((name) => `<script type="module" src="${root}assets/widgets/${name}.js"></script>`)
  .join('\n')}
${head.replaceAll('{root}', root)}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top"><a class="name" href="${root}index.html">focal-loss</a><a href="${root}playground.html">Playground</a><a href="${root}api/index.html">API</a><button type="button" id="theme" hidden>Theme</button></header>
<div class="frame">
<nav class="pages" aria-label="Pages"><details id="menu"><summary>All pages</summary>${navigation(file, root, all)}</details></nav>
<main id="content">
${relative(html, root).replace('</h1>', `</h1>\n${toc}`)}
</main>
</div>
</body>
</html>
`;
}

function navigation(current: string, root: string, all: readonly Page[]): string {
  const link = ({ file, title, language }: { file: string; title: string; language?: Language }) =>
    `<li><a href="${root}${file}"${file === current ? ' aria-current="page"' : ''}${language === 'zh-Hans' ? ' lang="zh-Hans"' : ''}>${escapeHtml(title)}</a></li>`;
  const sections = [...new Set(all.map(({ section }) => section))].map((section) => ({
    section,
    links: all.filter((one) => one.section === section).map(link),
  }));
  sections.push({ section: 'Tools', links: tools.map(link) });
  return sections.map(({ section, links }) => `<h2>${section}</h2><ul>${links.join('')}</ul>`).join('');
}

/** Addresses that neither leave the site nor stay on the page get the way back to the root. */
const relative = (html: string, root: string) =>
  html.replace(/(<(?:a|img)\b[^>]*?\s(?:href|src)=")(?![a-z]+:|#|\/\/)([^"]*")/g, `$1${root}$2`);
