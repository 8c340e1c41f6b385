/** A guide in another language says the same: its headings, formulas, code, figures, links and numbers are those of the English one. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { docs } from '../site/packages.ts';

const guides = join(docs, 'guides');
const translated = readdirSync(join(guides, 'zh')).filter((name) => name.endsWith('.md'));

const all = (text: string, pattern: RegExp) => Array.from(text.matchAll(pattern), ([whole, part = whole]) => part);

/** What is compared of a guide, by name. */
function parts(path: string) {
  const text = readFileSync(join(guides, path), 'utf8').replace(/^---[\s\S]*?^---$/m, '');
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  const withoutMath = prose.replace(/^\$\$[\s\S]*?^\$\$$/gm, '').replace(/\$[^$\n]+\$/g, '');
  const links = all(prose, /\]\(([^)]+)\)/g).map((link) =>
    /^[a-z]+:/.test(link) ? link : normalize(join(dirname(path), link)).replace(/^zh\//, ''),
  );
  return {
    'levels of headings': all(prose, /^(#+) /gm),
    'displayed formulas': all(prose, /^\$\$\n([\s\S]*?)^\$\$$/gm),
    // A sentence of another language has another order.
    'formulas within lines': all(prose.replace(/^\$\$[\s\S]*?^\$\$$/gm, ''), /\$([^$\n]+)\$/g).sort(),
    'blocks of code': all(text, /^```[\s\S]*?^```$/gm),
    figures: links.filter((link) => link.endsWith('.svg')),
    links: links.filter((link) => !link.endsWith('.svg')).sort(),
    'generated parts': all(prose, /<!-- generated: ([\w-]+?)(?:-zh)? -->/g),
    numbers: [
      ...new Set(
        all(withoutMath.replace(/\]\([^)]*\)/g, ''), /\d[\d,.]*\d|\d/g).map((number) => number.replaceAll(',', '')),
      ),
    ].sort(),
    'points of lists': all(prose, /^- /gm),
  };
}

it('there is something to compare', () => expect(translated).toContain('explained.md'));

describe.each(translated)('guides/zh/%s', (name) => {
  const [theirs, ours] = [parts(join('zh', name)), parts(name)];
  const swap = (links: string[]) => links.filter((link) => !link.endsWith(name));

  it.each(Object.keys(ours) as (keyof typeof ours)[])('has %s as the English guide has', (part) => {
    // Each of the two links to the other.
    expect(swap(theirs[part])).toEqual(swap(ours[part]));
  });

  it('and the two lead to each other', () => {
    expect(readFileSync(join(guides, 'zh', name), 'utf8')).toContain(`](../${name})`);
    expect(readFileSync(join(guides, name), 'utf8')).toContain(`](zh/${name})`);
  });
});
