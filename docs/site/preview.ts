/**
 * The picture that is shown beside a link to the site, 1200 × 630: `site/assets/preview.png`, kept in the repository
 * because only a browser can draw it.
 *
 *     npm run preview -w docs
 */
import { join } from 'node:path';
import { launchChromium } from '@focal-loss/testing';
import { figure1 } from '../figures/paper.ts';
import { docs } from './packages.ts';

const html = `<!doctype html>
<style>
  body { margin: 0; width: 1200px; height: 630px; box-sizing: border-box; padding: 70px; display: grid; grid-template-columns: 1fr 520px; gap: 40px;
    align-items: center; background: #0f1318; color: #e6edf3; font: 34px/1.4 system-ui, sans-serif; color-scheme: dark; }
  h1 { font-size: 84px; margin: 0 0 24px; line-height: 1.1; } p { margin: 0; color: #a7b1bd; } svg { width: 100%; height: auto; }
</style>
<div><h1>focal-loss</h1><p>The focal loss family for TypeScript and JavaScript: one spec, an adapter for each stack, right at every logit.</p></div>
<div>${figure1()}</div>`;

const browser = await launchChromium();
const page = await browser.newPage({ viewport: { width: 1200, height: 630 }, colorScheme: 'dark' });
await page.setContent(html);
await page.screenshot({ path: join(docs, 'site/assets/preview.png') });
await browser.close();
