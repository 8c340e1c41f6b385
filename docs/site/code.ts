/** A block of code: coloured, and where it makes sense in two forms to choose from: TypeScript or JavaScript, npm or pnpm. */
import type { Highlight } from './highlight.ts';
import { escapeHtml } from './html.ts';
import { javascript } from './javascript.ts';
import { displayed } from './math.ts';

/** The HTML of a fence. */
export function block(code: string, language: string, highlight: Highlight): string {
  const one = (text: string, kind: string, choice = '') =>
    `<div class="block"${choice === '' ? '' : ` data-choice="${choice}"`}><pre class="code" tabindex="0" data-language="${escapeHtml(kind)}"><code>${highlight(text, kind)}</code></pre></div>`;
  const two = (group: string, [first, second]: readonly [string, string]) =>
    `<div class="variants" data-group="${group}">${first}${second}</div>\n`;

  if (language === 'latex') return displayed(code);
  if (language === 'ts') {
    const plain = javascript(code);
    if (plain !== code) return two('language', [one(code, 'ts', 'TypeScript'), one(plain, 'js', 'JavaScript')]);
  }
  const other = language === 'sh' ? pnpm(code) : undefined;
  if (other !== undefined) return two('manager', [one(code, 'sh', 'npm'), one(other, 'sh', 'pnpm')]);
  return `${one(code, language)}\n`;
}

/** The same commands with pnpm; undefined where npm is not asked to install or to run a package's command. */
export function pnpm(code: string): string | undefined {
  let changed = false;
  const lines = code.split('\n').map((line) => {
    const other = line
      .replace(/^npm install (?=[@\w-])/, 'pnpm add ')
      .replace(/^pnpm add --save-dev /, 'pnpm add -D ')
      .replace(/^npx (?:-p|--package) (\S+) /, 'pnpm --package=$1 dlx ')
      .replace(/^npx (?=[@\w])/, 'pnpm exec ');
    changed ||= other !== line;
    return other;
  });
  // What the repository itself does is npm's.
  return !changed || lines.some((line) => /^(npm|npx) /.test(line)) ? undefined : lines.join('\n');
}
