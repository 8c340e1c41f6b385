/** `$inline$` and `$$display$$` formulas in Markdown, rendered by KaTeX when the site is built. */
import katex from 'katex';
import type MarkdownIt from 'markdown-it';

const render = (tex: string, displayMode: boolean) =>
  katex.renderToString(tex, { displayMode, throwOnError: true, strict: 'error', output: 'htmlAndMathml' });

/** A markdown-it plugin. A formula that KaTeX does not understand stops the build. */
export function math(md: MarkdownIt): void {
  md.inline.ruler.before('escape', 'math', (state, silent) => {
    const display = state.src.startsWith('$$', state.pos);
    const fence = display ? '$$' : '$';
    if (!state.src.startsWith(fence, state.pos)) return false;
    const start = state.pos + fence.length;
    const end = state.src.indexOf(fence, start);
    const tex = state.src.slice(start, end);
    // As elsewhere: a dollar beside a blank is a dollar.
    if (end < 0 || tex.trim() === '' || (!display && (tex.startsWith(' ') || tex.endsWith(' ')))) return false;
    if (!silent) state.push('html_inline', '', 0).content = display ? displayed(tex) : inLine(tex);
    state.pos = end + fence.length;
    return true;
  });
  md.block.ruler.before('fence', 'math', (state, startLine, endLine, silent) => {
    const line = (i: number) => state.src.slice(state.bMarks[i] + state.tShift[i], state.eMarks[i]);
    if (line(startLine).trim() !== '$$') return false;
    let last = startLine + 1;
    while (last < endLine && line(last).trim() !== '$$') last++;
    if (last >= endLine) return false;
    if (silent) return true;
    const tex = state.getLines(startLine + 1, last, 0, false);
    const token = state.push('html_block', '', 0);
    token.content = displayed(tex);
    token.map = [startLine, last + 1];
    state.line = last + 1;
    return true;
  });
}

/** A short formula is not broken at the end of a line. */
const inLine = (tex: string) =>
  tex.length > 24 ? render(tex, false) : `<span class="whole">${render(tex, false)}</span>`;

/** Wider than a phone, formulas scroll, also by keyboard. */
export const displayed = (tex: string): string =>
  `<div class="scroll formula" tabindex="0" role="group" aria-label="formula">${render(tex.trim(), true)}</div>\n`;
