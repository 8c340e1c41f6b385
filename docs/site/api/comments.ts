/** Docstrings as HTML: Markdown with links to what is documented, and LaTeX as formulas. */
import { type Comment, type CommentDisplayPart, Reflection } from 'typedoc';
import type { Rendered } from '../markdown.ts';
import type { Address } from './types.ts';

/** A function that renders Markdown whose links begin with `site:`. */
export type Render = (text: string, path: string) => Rendered;

/** Writes comments with links to where `address` leads. */
export function commentWriter(address: Address, render: Render) {
  const markdown = (parts: readonly CommentDisplayPart[]) =>
    parts
      .map((part) => {
        if (part.kind !== 'inline-tag') return part.text;
        const url = part.target instanceof Reflection ? address(part.target) : undefined;
        const words =
          part.text
            .trim()
            .split(/\s*\|\s*/)
            .at(-1) ?? '';
        return url === undefined ? `\`${words}\`` : `[\`${words}\`](site:${url})`;
      })
      .join('');
  /** Whole paragraphs. */
  const html = (parts: readonly CommentDisplayPart[]) => render(markdown(parts), 'api').html;
  /** Within a line or a cell. */
  const inline = (parts: readonly CommentDisplayPart[] | undefined) =>
    parts === undefined || parts.length === 0
      ? ''
      : html(parts)
          .trim()
          .replace(/^<p>([\s\S]*)<\/p>$/, '$1');

  /** The summary, then what is returned, thrown and shown. */
  function all(comment: Comment | undefined): string {
    if (comment === undefined) return '';
    const tags = (tag: string) => comment.blockTags.filter((one) => one.tag === tag);
    const said = (tag: string, word: string) =>
      tags(tag)
        .map(({ content }) => `<p><strong>${word}</strong> ${inline(content)}</p>`)
        .join('');
    const examples = tags('@example').map(({ content }) => html(content));
    return `${html(comment.summary)}${said('@returns', 'Returns')}${said('@throws', 'Throws')}${examples.join('')}`;
  }

  /** The first sentence as far as its first colon, without marks, for lists and previews. */
  const first = (comment: Comment | undefined): string =>
    markdown(comment?.summary ?? [])
      .replace(/```[\s\S]*/, '')
      .replace(/\[`?(.*?)`?\]\([^)]*\)/g, '$1')
      .replace(/`/g, '')
      .replace(/ \((?:paper )?eq\. [^)]*\)/g, '')
      .replace(/\s+/g, ' ')
      .split(/(?<=\.) (?=[A-Z])|: |; /)[0]
      .trim();

  /** The first formula of a comment. */
  const formula = (comment: Comment | undefined): string => {
    const part = comment?.summary.find(({ kind, text }) => kind === 'code' && text.startsWith('```latex'));
    return part === undefined ? '' : html([part]);
  };

  return { all, inline, first, formula };
}

export type CommentWriter = ReturnType<typeof commentWriter>;
