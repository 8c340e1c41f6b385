import type { Content } from './template.ts';

/** The page that hosts show where there is none. */
export const missing: Content = {
  file: '404.html',
  title: 'No such page',
  description: 'There is no page at this address.',
  html: `<h1>There is no page at this address</h1>
<p>It may have moved. The search above looks through all pages and names; these are good places to begin:</p>
<ul>
<li><a href="index.html">Start here</a></li>
<li><a href="explained.html">Focal loss explained</a></li>
<li><a href="playground.html">Playground</a></li>
<li><a href="api/index.html">API reference</a></li>
</ul>`,
  headings: [],
  head: '<meta name="robots" content="noindex">',
};
