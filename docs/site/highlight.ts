/** Code in colour, light and dark in one: every token has both colours as custom properties. */
import {
  bundledLanguages,
  bundledThemes,
  codeToTokensWithThemes,
  createOnigurumaEngine,
  createShikiInternal,
  loadBuiltinWasm,
} from '@gerrit0/mini-shiki';
import { escapeHtml } from './html.ts';

const languages = ['ts', 'js', 'sh', 'html', 'json', 'python'] as const;

/** Colours a block of code. Languages it does not know stay plain. */
export type Highlight = (code: string, language: string) => string;

/** A function that colours code. */
export async function highlighter(): Promise<Highlight> {
  await loadBuiltinWasm();
  const shiki = await createShikiInternal({
    engine: createOnigurumaEngine(),
    langs: languages.map((name) => bundledLanguages[name]),
    themes: [bundledThemes['github-light-high-contrast'], bundledThemes['github-dark-high-contrast']],
  });
  const themes = { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' };
  return (code, language) => {
    if (!(languages as readonly string[]).includes(language)) return escapeHtml(code);
    const lines = codeToTokensWithThemes(shiki, code, { lang: language, themes });
    return lines
      .map((line) =>
        line
          .map(({ content, variants }) => {
            const style = `--light:${variants.light.color};--dark:${variants.dark.color}`;
            return content.trim() === '' ? content : `<span style="${style}">${escapeHtml(content)}</span>`;
          })
          .join(''),
      )
      .join('\n');
  };
}
