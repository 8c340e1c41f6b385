/** Markdown → HTML: headings with anchors, formulas, coloured code, tables that scroll, links that hold on the site. */
import { dirname, join, normalize } from 'node:path';
import MarkdownIt from 'markdown-it';
import { block } from './code.ts';
import { highlighter } from './highlight.ts';
import { escapeHtml, slug } from './html.ts';
import { letters } from './letters.ts';
import { math } from './math.ts';

/** A heading of a page, for its table of contents. */
export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly id: string;
}

/** What stands under a heading, for the search. The part before the first heading has none. */
export interface Section {
  readonly heading: Heading | undefined;
  readonly text: string;
}

export interface Rendered {
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly sections: readonly Section[];
}

/** Where a link of a document leads on the site, or undefined if it leads to a file that is only in the repository. */
export type Resolve = (path: string) => string | undefined;

/** Of a picture, by its address from the root of the site. */
export type SizeOf = (src: string) => readonly [width: string, height: string] | undefined;

type Token = ReturnType<MarkdownIt['parse']>[number];

/** Schemes that leave the site, and the one that names a page of it which has no Markdown. */
const elsewhere = /^[a-z]+:\/\/|^mailto:/;
const site = /^site:/;

/**
 * A function that renders documents.
 *
 * @param resolve Path from the root of the repository → address from the root of the site.
 * @param sizeOf The width and height of a picture of the site, where they are known: then its place is kept while it loads.
 */
export async function renderer(
  resolve: Resolve,
  sizeOf: SizeOf = () => undefined,
): Promise<(text: string, path: string) => Rendered> {
  const highlight = await highlighter();
  const md: MarkdownIt = new MarkdownIt({ html: true, linkify: false, typographer: false });
  md.use(math).use(letters);

  md.renderer.rules.fence = (tokens, i) => {
    const [language = ''] = tokens[i].info.trim().split(/\s+/);
    return block(tokens[i].content.replace(/\n$/, ''), language, highlight);
  };
  md.renderer.rules.table_open = () => '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>\n';
  md.renderer.rules.table_close = () => '</table></div>\n';
  // A heading is a link to itself, so that it can be copied; one that has a link already is not.
  const linked = (token: Token) => token.tag !== 'h1' && token.meta?.linked !== true;
  md.renderer.rules.heading_open = (tokens, i) => {
    const id = attribute(tokens[i], 'id');
    return `<${tokens[i].tag} id="${id}">${linked(tokens[i]) ? `<a class="self" href="#${id}">` : ''}`;
  };
  md.renderer.rules.heading_close = (tokens, i) => {
    const open = tokens.slice(0, i).findLast(({ type }) => type === 'heading_open') as Token;
    return `${linked(open) ? '</a>' : ''}</${tokens[i].tag}>\n`;
  };

  return (text, path) => {
    const tokens = md.parse(text, {});
    const headings = named(tokens);
    for (const token of tokens) resolveLinks(token.children ?? [], path, resolve, sizeOf);
    return { html: md.renderer.render(tokens, md.options, {}), headings, sections: sectionsOf(tokens, headings) };
  };
}

const attribute = (token: Token, name: string) => token.attrGet(name) ?? '';
const wordsOf = (token: Token) =>
  (token.children ?? [])
    .map(({ type, content, meta }) =>
      type === 'softbreak' ? ' ' : (meta?.text ?? (type === 'html_inline' ? '' : content)),
    )
    .join('');

/** Gives headings their anchors. */
function named(tokens: readonly Token[]): Heading[] {
  const seen = new Map<string, number>();
  return tokens.flatMap((token, i) => {
    if (token.type !== 'heading_open') return [];
    const text = wordsOf(tokens[i + 1]);
    const base = slug(text);
    const count = seen.get(base) ?? 0;
    seen.set(base, count + 1);
    const id = count === 0 ? base : `${base}-${count}`;
    token.attrSet('id', id);
    token.meta = { linked: (tokens[i + 1].children ?? []).some(({ type }) => type === 'link_open') };
    return [{ level: Number(token.tag.slice(1)), text, id }];
  });
}

/** The text of a page by its headings, as a reader would search for it: words and code, no formulas. */
function sectionsOf(tokens: readonly Token[], headings: readonly Heading[]): Section[] {
  const parts: { heading: Heading | undefined; texts: string[] }[] = [{ heading: undefined, texts: [] }];
  let next = 0;
  tokens.forEach((token, i) => {
    if (token.type === 'heading_open') parts.push({ heading: headings[next++], texts: [] });
    else if (token.type === 'fence') parts.at(-1)?.texts.push(token.content);
    else if (token.type === 'inline' && tokens[i - 1].type !== 'heading_open') parts.at(-1)?.texts.push(wordsOf(token));
  });
  return parts
    .map(({ heading, texts }) => ({ heading, text: texts.join(' ').replace(/\s+/g, ' ').trim() }))
    .filter(({ heading, text }) => heading !== undefined || text !== '');
}

/** Leads links and pictures to where they are on the site. */
function resolveLinks(children: readonly Token[], path: string, resolve: Resolve, sizeOf: SizeOf): void {
  const open: boolean[] = [];
  for (const child of children) {
    if (child.type === 'link_open') {
      const target = address(attribute(child, 'href'), path, resolve);
      open.push(target !== undefined);
      if (target !== undefined) child.attrSet('href', target);
      else hide(child, 'link_open');
    } else if (child.type === 'link_close' && open.pop() === false) hide(child, 'link_close');
    else if (child.type === 'image') {
      const target = address(attribute(child, 'src'), path, resolve);
      if (target === undefined) throw new Error(`${path}: there is no picture ${attribute(child, 'src')}`);
      picture(child, target, sizeOf(target));
    }
  }
}

/** A link to a file that the site does not have becomes the words alone. */
function hide(token: Token, type: 'link_open' | 'link_close'): void {
  token.type = 'html_inline';
  token.content = type === 'link_open' ? '<span class="in-repository">' : '</span>';
}

/** Pictures keep a size at which their letters can be read, and scroll where that is too wide. */
function picture(token: Token, src: string, size: ReturnType<SizeOf>): void {
  const place = size === undefined ? '' : ` width="${size[0]}" height="${size[1]}"`;
  const alt = token.content;
  token.type = 'html_inline';
  token.meta = { text: alt };
  token.content = `<span class="scroll picture" tabindex="0" role="group" aria-label="figure"><img src="${escapeHtml(src)}" alt="${escapeHtml(alt)}" loading="lazy"${place}></span>`;
}

function address(href: string, from: string, resolve: Resolve): string | undefined {
  if (elsewhere.test(href) || href.startsWith('#')) return href;
  if (site.test(href)) return href.replace(site, '');
  const [file, hash] = href.split('#');
  const target = resolve(normalize(join(dirname(from), file)).replace(/\/$/, ''));
  return target === undefined ? undefined : hash === undefined ? target : `${target}#${hash}`;
}
