/** Where the site is found on the web: the one place that says so, for what cannot be relative. */
import { escapeHtml } from './html.ts';

/**
 * With a slash at its end, as `https://name.example/`. There is none yet. Until there is, the site has no sitemap, no
 * canonical addresses and no picture for previews, and the page of missing pages finds its way at the root only.
 */
export const address: string | undefined = process.env.FOCAL_LOSS_ADDRESS;

/** What tells search engines which pages there are. */
export const sitemap = (files: readonly string[], base: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${files.map((file) => `<url><loc>${escapeHtml(base + file.replace(/(^|\/)index\.html$/, '$1'))}</loc></url>`).join('\n')}
</urlset>
`;

/** The lines of a page's head for whoever shows a link to it. */
export function preview(
  { file, title, description, language }: { file: string; title: string; description: string; language: string },
  base: string | undefined = address,
): string {
  const property = (name: string, content: string) => `<meta property="og:${name}" content="${escapeHtml(content)}">`;
  const lines = [
    property('type', 'website'),
    property('site_name', 'focal-loss'),
    property('title', title),
    property('description', description),
    property('locale', language === 'en' ? 'en' : 'zh_CN'),
    '<meta name="twitter:card" content="summary_large_image">',
  ];
  if (base === undefined) return lines.join('\n');
  const picture = [
    property('image', `${base}assets/preview.png`),
    property('image:width', '1200'),
    property('image:height', '630'),
  ];
  const here = base + file.replace(/(^|\/)index\.html$/, '$1');
  return [...lines, property('url', here), ...picture, `<link rel="canonical" href="${escapeHtml(here)}">`].join('\n');
}
