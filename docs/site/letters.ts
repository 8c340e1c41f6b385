/** Mathematics in running text: what Markdown in a terminal writes as `p_t` and `^γ`, a page shows below and above the line. */
import type MarkdownIt from 'markdown-it';
import { escapeHtml } from './html.ts';

const below = /(?<![\w.])([pxαzs])_([a-z])\b/g;
const above = /\^(\([^()]*\)|[−-]?[\wα-ω]+)/g;
/** `γ = 2` is not broken at the end of a line. */
const equation = /([\wα-ω]) ([=≥≤<>≈]) (?=[−\w])/g;

/** Text as HTML, or undefined if nothing in it is mathematics. */
export function lettered(text: string): string | undefined {
  const html = escapeHtml(text)
    .replace(equation, '$1\u00a0$2\u00a0')
    .replace(below, '<var>$1<sub>$2</sub></var>')
    .replace(above, (_, power: string) => `<sup>${power.replace(/^\((.*)\)$/, '$1')}</sup>`);
  return html === escapeHtml(text) ? undefined : html;
}

/** A markdown-it plugin. Code and formulas stay as they are. */
export function letters(md: MarkdownIt): void {
  md.core.ruler.push('letters', ({ tokens }) => {
    for (const { children } of tokens) {
      for (const token of children ?? []) {
        const html = token.type === 'text' ? lettered(token.content) : undefined;
        if (html === undefined) continue;
        token.type = 'html_inline';
        // What a search finds, and what a heading is called.
        token.meta = { text: token.content };
        token.content = html;
      }
    }
  });
}
