/** Every link and anchor of the built site, and that nothing in it asks another server for anything. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { address } from './address.ts';

/**
 * What is wrong, a line a link.
 *
 * @param site The folder.
 * @param base Where the site is found on the web, if it says so: addresses that begin with it are its own.
 */
export function brokenLinks(site: string, base: string | undefined = address): string[] {
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
  const texts = new Map(files.map((file) => [file, readFileSync(join(site, file), 'utf8')]));
  const anchors = new Map(
    [...texts].map(([file, text]) => [
      file,
      new Set(Array.from(text.matchAll(/\s(?:id|name)="([^"]*)"/g), ([, id]) => id)),
    ]),
  );
  const problems: string[] = [];
  for (const [file, text] of texts) {
    const seen = new Set<string>();
    for (const [, tag, link] of text.matchAll(/<(a|link|script|img|iframe|source)\b[^>]*?\s(?:href|src)="([^"]*)"/g)) {
      if (seen.has(tag + link)) continue;
      seen.add(tag + link);
      if (/^(data|mailto|javascript):/.test(link)) continue;
      const own = base !== undefined && link.startsWith(base);
      if (!own && /^([a-z]+:)?\/\//.test(link)) {
        if (tag !== 'a') problems.push(`${file}: <${tag}> asks ${link}`);
        continue;
      }
      const [path, hash] = decode(own ? link.slice(base.length) : link).split('#');
      const from = own ? '' : dirname(file);
      const target = path === '' && !own ? file : relative(site, normalize(join(site, from, path || 'index.html')));
      if (link.startsWith('/')) problems.push(`${file}: ${link} works at the root of a server only`);
      else if (!existsSync(join(site, target)) || statSync(join(site, target)).isDirectory()) {
        problems.push(`${file}: there is no ${link}`);
      } else if (hash === undefined || hash === '' || isState(target, hash)) continue;
      else if (anchors.has(target) && !anchors.get(target)?.has(hash)) {
        problems.push(`${file}: there is no place ${link}`);
      }
    }
  }
  return problems;
}

/** What the playground reads in its address is no place on the page; a test of the playground reads those of the guides. */
const isState = (file: string, hash: string) => file === 'playground.html' && hash.includes('=');

const decode = (link: string) =>
  decodeURIComponent(link.replaceAll('&amp;', '&').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code)));
