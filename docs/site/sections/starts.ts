import type { Package } from '../packages.ts';
import { siteName } from '../pages.ts';
import { examined } from '../reports.ts';
import type { Material } from './material.ts';

/** An adapter's README as far as its first complete example. */
export interface Start {
  readonly pkg: Package;
  readonly install: string;
  readonly fence: string;
  readonly code: string;
}

const fence = /```([^\n]*)\n([\s\S]*?)```/g;

/** The first blocks of an adapter's README: what to type, and what to write. Undefined while it has none. */
export function startOf(pkg: Package): Start | undefined {
  const blocks = Array.from(pkg.readme?.matchAll(fence) ?? [], ([, info, code]) => ({ info, code }));
  const install = blocks.find(({ info }) => info === 'sh')?.code;
  // A fragment shows a call to whoever has read on; the first complete example says what it imports.
  const first = blocks.find(({ info, code }) => /^(ts|js|html)\b/.test(info) && code.includes('@focal-loss/'));
  return install === undefined || first === undefined
    ? undefined
    : { pkg, install, fence: first.info, code: first.code };
}

/** Everything that is no adapter: the spec, and the suite. */
const notAdapters = ['core', 'conformance'];

/** The adapters whose READMEs begin with something to copy. */
export const startsOf = ({ packages }: Pick<Material, 'packages'>): Start[] =>
  packages.filter(({ key }) => !notAdapters.includes(key)).flatMap((pkg) => startOf(pkg) ?? []);

/** What the suite examines runs losses; the rest is what adapters are made of. */
const apart = (material: Material) => {
  const all = startsOf(material);
  return { run: all.filter(({ pkg }) => examined(pkg)), parts: all.filter(({ pkg }) => !examined(pkg)) };
};

/** Which adapter for which stack, in the words of the packages themselves. */
export function stacks(material: Material): string {
  const { run, parts } = apart(material);
  const rows = run.map(({ pkg }) => `| [${pkg.name}](#${pkg.key}) | ${pkg.description} |`);
  const links = parts.map(({ pkg }) => `[${pkg.name}](site:${siteName(`${pkg.path}/README.md`)})`);
  const rest = links.length === 0 ? '' : `\n\nWhat they are made of can be used by itself: ${links.join(', ')}.`;
  return ['| package | what it is for |', '| --- | --- |', ...rows].join('\n') + rest;
}

/** A section an adapter: install, then the first example of its README. */
export const starts = (material: Material): string =>
  apart(material)
    .run.map(
      ({ pkg, install, fence, code }) =>
        `## ${pkg.key}\n\n${pkg.description}\n\n\`\`\`sh\n${install}\`\`\`\n\n\`\`\`${fence}\n${code}\`\`\`\n\n[All of ${pkg.name}](site:${siteName(`${pkg.path}/README.md`)})`,
    )
    .join('\n\n');
