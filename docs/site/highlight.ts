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

/** A function that colours code, the same at every call: what it learns of a language takes longer than most blocks. */
export const highlighter = (): Promise<Highlight> => {
  made ??= make();
  return made;
};
let made: Promise<Highlight> | undefined;

async function make(): Promise<Highlight> {
  await loadBuiltinWasm();
  const shiki = await createShikiInternal({
    engine: createOnigurumaEngine(),
    langs: languages.map((name) => bundledLanguages[name]),
    themes: [bundledThemes['github-light-high-contrast'], bundledThemes['github-dark-high-contrast']],
  });
  const themes = { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' };
  return (code, language) => {
    if (!(languages as readonly string[]).includes(language)) return escapeHtml(code);
    // However long it takes: a limit of half a second left the ends of lines plain on a busy machine.
    const lines = codeToTokensWithThemes(shiki, code, { lang: language, themes, tokenizeTimeLimit: 0 });
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
