/** How a reader gets from page to page: the list of all pages, what stands before and after, and what is on this one. */
import { escapeHtml } from './html.ts';
import type { Heading } from './markdown.ts';
import type { Language, Page } from './pages.ts';

/** A page as navigation names it. */
type Named = Pick<Page, 'file' | 'title'> & { readonly language?: Language };

/** The pages without Markdown, at the end of the navigation. */
const tools: readonly Named[] = [
  { file: 'playground.html', title: 'Playground' },
  { file: 'api/index.html', title: 'API reference' },
  { file: 'changelog.html', title: 'Changelog' },
];

const words = {
  en: { contents: 'On this page', beside: 'Previous and next page', previous: 'Previous', next: 'Next' },
  'zh-Hans': { contents: '本页内容', beside: '上一页和下一页', previous: '上一页', next: '下一页' },
};

const spoken = ({ language = 'en' }: Named) => (language === 'en' ? '' : ` lang="${language}"`);

/** The same page in the other language, if there is one. */
export function translation(file: string, all: readonly Page[]): Page | undefined {
  const name = file.replace(/^zh\//, '');
  return all.find((one) => one.file !== file && one.file.replace(/^zh\//, '') === name);
}

/** All pages, by section. `root` is the way back to the root of the site. */
export function everywhere(current: string, root: string, all: readonly Page[]): string {
  const link = (one: Named) =>
    `<li><a href="${root}${one.file}"${current === one.file ? ' aria-current="page"' : current.startsWith('api/') && one.file === 'api/index.html' ? ' aria-current="true"' : ''}${spoken(one)}>${escapeHtml(one.title)}</a></li>`;
  const sections = [...new Set(all.map(({ section }) => section))].map((section) => ({
    section,
    links: all.filter((one) => one.section === section).map(link),
  }));
  sections.push({ section: 'Tools', links: tools.map(link) });
  return sections.map(({ section, links }) => `<h2>${section}</h2><ul>${links.join('')}</ul>`).join('');
}

/** The pages before and after this one, in the order of the list of all. A translation stands beside the list. */
export function beside(current: string, root: string, all: readonly Page[], language: Language): string {
  const here = all.find(({ file }) => file === current);
  if (here === undefined) return '';
  const way = language === 'en' ? all.filter((one) => one.language === 'en') : all;
  const at = way.indexOf(here);
  const { beside, previous, next } = words[language];
  const link = (page: Page | undefined, word: string, rel: string) =>
    page === undefined
      ? ''
      : `<a rel="${rel}" href="${root}${page.file}"${spoken(page)}><small>${word}</small>${escapeHtml(page.title)}</a>`;
  return `<nav class="beside" aria-label="${beside}">${link(way[at - 1], previous, 'prev')}${link(way[at + 1], next, 'next')}</nav>`;
}

/** What is on this page, for pages that are long enough: beside the text where there is room. */
export function contents(headings: readonly Heading[], language: Language): string {
  const parts = headings.filter(({ level }) => level === 2);
  if (parts.length < 3) return '';
  const title = words[language].contents;
  return `<nav class="contents" aria-label="${title}"><h2>${title}</h2><ul>${parts
    .map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`)
    .join('')}</ul></nav>`;
}
