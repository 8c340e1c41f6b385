/** What a reader does with the built site: search, copy, choose, follow headings, look at clauses; by keyboard, and on a phone. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rows } from '../examples/real-input/shares.ts';
import { preview, sitemap } from '../site/address.ts';
import { brokenLinks } from '../site/links.ts';
import { pages } from '../site/pages.ts';
import { inChromium, site, type Visit } from './visit.ts';

describe('the address of the site', () => {
  it('is in one place: sitemap and previews have it from there', () => {
    expect(sitemap(['index.html', 'zh/explained.html'], 'https://site.test/')).toContain(
      '<url><loc>https://site.test/</loc></url>\n<url><loc>https://site.test/zh/explained.html</loc></url>',
    );
    const one = { file: 'sql.html', title: 'SQL', description: 'In SQL.', language: 'en' };
    expect(preview(one, 'https://site.test/')).toContain('content="https://site.test/assets/preview.png"');
    expect(preview(one, undefined)).not.toContain('og:image');
  });
});

describe('links of a site that knows its address', () => {
  const base = 'https://site.test/';
  const broken = (html: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'focal-loss-links-'));
    writeFileSync(join(folder, 'index.html'), html);
    const problems = brokenLinks(folder, base);
    rmSync(folder, { recursive: true });
    return problems;
  };

  it('may be absolute, as canonical ones and those of the page of missing pages are', () => {
    expect(broken(`<link rel="canonical" href="${base}"><a href="${base}index.html">Start</a>`)).toEqual([]);
  });

  it('have to lead somewhere, and ask no other server', () => {
    expect(broken(`<a href="${base}gone.html">`)).toHaveLength(1);
    expect(broken('<link rel="stylesheet" href="https://other.test/style.css">')).toHaveLength(1);
  });
});

describe('guides', () => {
  it.each(pages().filter(({ path }) => /^docs\/guides\/(zh\/)?\w/.test(path)))(
    '$path begins with what the reader will be able to do, and ends with where to go next',
    ({ text, language }) => {
      const [begin, end] =
        language === 'en'
          ? [/^# .*\n\nAfter this page you can /, 'Where to go next: ']
          : [/^# .*\n\n读完本页，你能/, '接下来可以：'];
      expect(text.trimStart()).toMatch(begin);
      expect(text.trimEnd().split('\n\n').at(-1)?.startsWith(end)).toBe(true);
    },
  );
});

inChromium((visit) => {
  const within = async (file: string, width: number, look: (one: Visit) => Promise<void>) => {
    const one = await visit.open(file, { width });
    await look(one);
    expect(one.problems).toEqual([]);
    await one.close();
  };

  it('a slash begins a search, arrows lead through what was found, Enter opens it', () =>
    within('choosing.html', 1280, async ({ page }) => {
      await page.keyboard.press('/');
      await page.keyboard.type('prior bias');
      await page.waitForSelector('#found a');
      expect(await page.textContent('#found a strong')).toBe('Prior-bias initialisation');
      await page.keyboard.press('ArrowDown');
      expect(await page.evaluate('document.activeElement.closest("#found") !== null')).toBe(true);
      await page.keyboard.press('Escape');
      expect(await page.isHidden('#found')).toBe(true);
      await page.fill('#search input', 'compile');
      await page.waitForFunction(
        "[...document.querySelectorAll('#found a')].some((a) => a.textContent.includes('webgpu'))",
      );
      // The adapters' functions of one name are told apart by where they come from.
      const from = await page.locator('#found a:has(strong:text-is("compile")) small').allTextContents();
      expect(new Set(from).size).toBeGreaterThanOrEqual(4);
      await page.fill('#search input', '交叉熵');
      await page.waitForFunction("document.querySelector('#found a')?.pathname.endsWith('zh/explained.html')");
      await page.fill('#search input', 'gamma zero');
      await page.waitForSelector('#found a');
      await page.focus('#search input');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\.html#?/);
    }));

  it('code is copied as it stands, and the form chosen holds on the next page', () =>
    within('choosing.html', 1280, async ({ page }) => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.click('.variants [role="tab"]:text-is("JavaScript")');
      const shown = page.locator('.block:visible').first();
      await shown.hover();
      await shown.locator('.copy').click();
      const copied = await page.evaluate('navigator.clipboard.readText()');
      expect(copied).toContain('const logit = (p) => Math.log(p / (1 - p));');
      await page.goto(`${visit.root}explained.html`);
      expect(await page.isVisible('[role="tabpanel"][data-choice="JavaScript"]')).toBe(true);
      await page.focus('[role="tab"][aria-selected="true"]');
      await page.keyboard.press('ArrowLeft');
      expect(await page.isVisible('[role="tabpanel"][data-choice="TypeScript"]')).toBe(true);
    }));

  it('the sliders of "Focal loss explained" say what its table says', () =>
    within('explained.html', 1280, async ({ page }) => {
      await page.waitForSelector('.widget:not([hidden])');
      const shares = () => page.locator('.widget .legend output').allTextContents();
      const cells = (row: (typeof rows)[number]) => [
        row['easy negatives, loss'],
        row['positives, loss'],
        row['easy negatives, gradient'],
        row['positives, gradient'],
      ];
      const shown = async () => (await shares()).filter((_, i) => i % 3 !== 1);
      expect(await shown()).toEqual(cells(rows[0]));
      await page.focus('#widget-gamma');
      for (let press = 0; press < 20; press++) await page.keyboard.press('ArrowRight');
      expect(await shown()).toEqual(cells(rows[4]));
      await page.fill('#widget-alpha', '0.25');
      expect(await shown()).toEqual(cells(rows[5]));
    }));

  it('clauses are filtered by any of their words, and a link to one opens it', () =>
    within('specification.html', 1280, async ({ page }) => {
      const visible = () => page.locator('.clauses tbody tr:visible').count();
      const all = await visible();
      await page.fill('#filter', 'softmax axis');
      expect(await visible()).toBeLessThan(all);
      await page.click('.clauses-of a:has-text("empty")');
      await page.waitForSelector('#empty details[open]');
      // A topic of the specification is on the screen as a whole; the table has a screen of its own.
      const heights = (await page.evaluate(
        "[...document.querySelectorAll('h2[id]')].map((h, i, all) => (all[i + 1]?.offsetTop ?? 0) - h.offsetTop)",
      )) as number[];
      for (const height of heights.slice(0, -1)) expect(height).toBeLessThanOrEqual(850);
      expect(await visible()).toBe(all);
    }));

  it('on a wide screen the contents stand beside the text and follow it', () =>
    within('explained.html', 1600, async ({ page }) => {
      await page.locator('#do-you-need-it').scrollIntoViewIfNeeded();
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      await page.waitForFunction("document.querySelector('.contents [aria-current]')?.hash === '#do-you-need-it'");
      expect(await page.isVisible('.contents')).toBe(true);
    }));

  it('90 columns of code, which no guide exceeds, fit beside the navigation at 1280 pixels', () =>
    within('add-a-backend.html', 1280, async ({ page }) => {
      const columns = await page.evaluate(`(() => {
        const pre = document.querySelector('pre.code');
        const probe = pre.querySelector('code').appendChild(document.createElement('span'));
        probe.textContent = 'x'.repeat(100);
        const { paddingLeft, paddingRight } = getComputedStyle(pre);
        return (pre.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)) / (probe.offsetWidth / 100);
      })()`);
      expect(columns).toBeGreaterThanOrEqual(90);
    }));

  it('what is missing is said, on a page that leads on', () =>
    within('404.html', 375, async ({ page }) => {
      expect(await page.textContent('h1')).toContain('no page');
      expect(await page.locator('main a').count()).toBeGreaterThan(3);
    }));
});

describe('the API reference', () => {
  const html = (name: string) => readFileSync(join(site, 'api', name), 'utf8');

  it('shows factories as functions, with options, a formula and an example', () => {
    const [, section] = /<h3 id="sigmoidFocal"([\s\S]*?)<h3 /.exec(html('core.html')) ?? [];
    expect(section).toContain('sigmoidFocal(options?)');
    for (const option of ['gamma', 'alpha', 'reduction', 'normalizer', 'ignoreIndex', 'labelSmoothing']) {
      expect(section).toContain(`<code>${option}?</code>`);
    }
    expect(section).not.toContain('<code>background?</code>');
    expect(section).toContain('class="katex"');
    expect(section).toContain('console');
  });

  it('names no argument that TypeDoc made up, and shows no LaTeX', () => {
    for (const name of [
      'core.html',
      'core-adapters.html',
      'core-formulas.html',
      'tfjs.html',
      'webgpu.html',
      'typed-array.html',
    ]) {
      expect(html(name), name).not.toContain('__namedParameters');
      // But in what KaTeX keeps for those who copy a formula.
      expect(html(name).replace(/<annotation[\s\S]*?<\/annotation>/g, ''), name).not.toMatch(
        /\\(?:mathrm|operatorname|gamma)/,
      );
    }
  });
});
