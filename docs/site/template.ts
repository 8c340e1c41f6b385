/** The one template of all pages. Every address in it is relative: the site works from any folder. */
import { preview } from './address.ts';
import { escapeHtml } from './html.ts';
import type { Heading } from './markdown.ts';
import { beside, contents, everywhere, translation } from './navigation.ts';
import { version } from './packages.ts';
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

/** The programs that a page's interactive parts need, by their names. */
const widgets = (html: string) => Array.from(html.matchAll(/ data-widget="(\w+)"/g), ([, name]) => name);

/** What each language calls itself. */
const languages: Readonly<Record<Language, string>> = { en: 'English', 'zh-Hans': '中文' };

/** `../` as often as a page lies deep. */
const up = (file: string) => '../'.repeat(file.split('/').length - 1);

/**
 * A whole HTML page. `html` has addresses from the root of the site; they are made relative to the page.
 *
 * @param root The way to the root of the site, where it is not the obvious one.
 */
export function page(
  { file, language = 'en', title, description, html, headings, head = '' }: Content,
  all: readonly Page[],
  root = up(file),
): string {
  // What surrounds the text is English on every page.
  const english = language === 'en' ? '' : ' lang="en"';
  const other = translation(file, all);
  const name = file === 'index.html' ? 'focal-loss' : `${title} · focal-loss`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(name)}</title>
<meta name="description" content="${escapeHtml(description)}">
<meta name="color-scheme" content="light dark">
${preview({ file, title, description, language })}
${other === undefined ? '' : `<link rel="alternate" hreflang="${other.language}" href="${root}${other.file}">`}
<link rel="icon" href="${root}assets/icon.svg">
<link rel="stylesheet" href="${root}assets/style.css">
<link rel="stylesheet" href="${root}assets/parts.css">
<link rel="stylesheet" href="${root}assets/search.css">
${html.includes('class="katex"') ? `<link rel="stylesheet" href="${root}assets/katex/katex.min.css">` : ''}
<script src="${root}assets/theme.js"></script>
<script src="${root}assets/page.js" defer></script>
<script src="${root}assets/search.js" data-root="${root}" defer></script>
${widgets(html)
  .map(
    (one) =>
      `<link rel="stylesheet" href="${root}assets/widget.css">\n<script type="module" src="${root}assets/widgets/${one}.js"></script>`,
  )
  .join('\n')}
${head.replaceAll('{root}', root)}
</head>
<body>
<a class="skip"${english} href="#content">Skip to the content</a>
<header class="top"${english}><a class="name" href="${root}index.html">focal-loss</a><div id="search" role="search" hidden><input type="search" aria-label="Search this site" placeholder="Search" autocomplete="off" spellcheck="false"><div id="found" hidden></div></div>${other === undefined ? '' : `<a href="${root}${other.file}" lang="${other.language}" hreflang="${other.language}">${languages[other.language]}</a>`}<a href="${root}playground.html">Playground</a><a href="${root}api/index.html">API</a><button type="button" id="theme" hidden>Theme</button></header>
<div class="frame">
<nav class="pages"${english} aria-label="Pages"><details id="menu"><summary>All pages</summary>${everywhere(file, root, all)}</details></nav>
<main id="content">
${relative(html, root).replace('</h1>', `</h1>\n${contents(headings, language)}`)}
${beside(file, root, all, language)}
</main>
</div>
<footer${english}>focal-loss ${version()}, MIT licence · <a href="${root}changelog.html">Changelog</a> · <a href="${root}api/index.html">API reference</a> · <a href="${root}specification.html">Specification</a><br>This site keeps nothing about you and asks no other server.</footer>
</body>
</html>
`;
}

/** Addresses that neither leave the site nor stay on the page get the way back to the root. */
const relative = (html: string, root: string) =>
  html.replace(/(<(?:a|img)\b[^>]*?\s(?:href|src)=")(?![a-z]+:|#|\/\/)([^"]*")/g, `$1${root}$2`);
