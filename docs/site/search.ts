/** What the search box looks through: every section of every page, and every name of the API, as scripts that are fetched when it is used. */
import type { Named } from './api/reference.ts';
import type { Section } from './markdown.ts';
import type { Page } from './pages.ts';

/** One place that can be found: short names, because there are many. */
interface Place {
  /** Address from the root of the site. */
  readonly a: string;
  /** Page. */
  readonly p: string;
  /** Heading, if it is not the top of the page. */
  readonly h?: string;
  /** Text. */
  readonly t: string;
}

/** A script that hands the places over; a page opened from a folder may not fetch, but it may run scripts. */
const script = (name: string, places: readonly unknown[]) =>
  `(globalThis.focalLossSearch ??= {}).${name} = ${JSON.stringify(places)};\n`;

/** The index of the pages. */
export const pageIndex = (
  all: readonly { page: Pick<Page, 'file' | 'title'>; sections: readonly Section[] }[],
): string =>
  script(
    'pages',
    all.flatMap(({ page: { file, title }, sections }) =>
      sections.map(({ heading, text }): Place => {
        const top = heading === undefined || heading.level === 1;
        return { a: top ? file : `${file}#${heading.id}`, p: title, ...(!top && { h: heading.text }), t: text };
      }),
    ),
  );

/** The index of the API's names. */
export const apiIndex = (names: readonly Named[]): string =>
  script(
    'api',
    names.map(({ name, url, module, says }): Place => ({ a: url, p: module, h: name, t: says })),
  );
