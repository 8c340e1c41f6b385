/** Markdown → HTML: headings with anchors, formulas, coloured code, tables that scroll, links that hold on the site. */
import { dirname, join, normalize } from 'node:path';
import MarkdownIt from 'markdown-it';
import { highlighter } from './highlight.ts';
import { escapeHtml, slug } from './html.ts';
import { math } from './math.ts';

/** A heading of a page, for its table of contents. */
export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly id: string;
}

export interface Rendered {
  readonly html: string;
  readonly headings: readonly Heading[];
}

/** Where a link of a document leads on the site, or undefined if it leads to a file that is only in the repository. */
export type Resolve = (path: string) => string | undefined;

/** Schemes that leave the site, and the one that names a page of it which has no Markdown. */
const elsewhere = /^[a-z]+:\/\/|^mailto:/;
const site = /^site:/;

/**
 * A function that renders documents.
 *
 * @param resolve Path from the root of the repository → address from the root of the site.
 */
export async function renderer(resolve: Resolve): Promise<(text: string, path: string) => Rendered> {
  const highlight = await highlighter();
  const md: MarkdownIt = new MarkdownIt({ html: true, linkify: false, typographer: false });
  md.use(math);
  const attribute = (token: { attrGet(name: string): string | null }, name: string) => token.attrGet(name) ?? '';

  md.renderer.rules.fence = (tokens, i) => {
    const { content, info } = tokens[i];
    const [language = ''] = info.trim().split(/\s+/);
    const code = highlight(content.replace(/\n$/, ''), language);
    return `<pre class="code" tabindex="0" data-language="${escapeHtml(language)}"><code>${code}</code></pre>\n`;
  };
  md.renderer.rules.table_open = () => '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>\n';
  md.renderer.rules.table_close = () => '</table></div>\n';
  md.renderer.rules.heading_open = (tokens, i) => `<${tokens[i].tag} id="${attribute(tokens[i], 'id')}">`;

  return (text, path) => {
    const seen = new Map<string, number>();
    const headings: Heading[] = [];
    const tokens = md.parse(text, {});
    tokens.forEach((token, i) => {
      if (token.type === 'heading_open') {
        const words = (tokens[i + 1].children ?? []).map(({ content }) => content).join('');
        const base = slug(words);
        const count = seen.get(base) ?? 0;
        seen.set(base, count + 1);
        const id = count === 0 ? base : `${base}-${count}`;
        token.attrSet('id', id);
        headings.push({ level: Number(token.tag.slice(1)), text: words, id });
      }
      const open: boolean[] = [];
      for (const child of token.children ?? []) {
        if (child.type === 'link_open') {
          const target = address(attribute(child, 'href'), path, resolve);
          open.push(target !== undefined);
          if (target !== undefined) child.attrSet('href', target);
          else hide(child, 'link_open');
        } else if (child.type === 'link_close' && open.pop() === false) hide(child, 'link_close');
        else if (child.type === 'image') {
          const target = address(attribute(child, 'src'), path, resolve);
          if (target === undefined) throw new Error(`${path}: there is no picture ${attribute(child, 'src')}`);
          picture(child, target);
        }
      }
    });
    return { html: md.renderer.render(tokens, md.options, {}), headings };
  };
}

type Token = ReturnType<MarkdownIt['parse']>[number];

/** A link to a file that the site does not have becomes the words alone. */
function hide(token: Token, type: 'link_open' | 'link_close'): void {
  token.type = 'html_inline';
  token.content = type === 'link_open' ? '<span class="in-repository">' : '</span>';
}

/** Pictures keep a size at which their letters can be read, and scroll where that is too wide. */
function picture(token: Token, src: string): void {
  token.type = 'html_inline';
  const alt = escapeHtml(token.content);
  token.content = `<span class="scroll picture" tabindex="0" role="group" aria-label="figure"><img src="${escapeHtml(src)}" alt="${alt}"></span>`;
}

function address(href: string, from: string, resolve: Resolve): string | undefined {
  if (elsewhere.test(href) || href.startsWith('#')) return href;
  if (site.test(href)) return href.replace(site, '');
  const [file, hash] = href.split('#');
  const target = resolve(normalize(join(dirname(from), file)).replace(/\/$/, ''));
  return target === undefined ? undefined : hash === undefined ? target : `${target}#${hash}`;
}
