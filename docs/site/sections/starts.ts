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

/** What a newcomer is likeliest to have comes first: arrays, then a framework, a model, a GPU, a database. Others follow. */
const likeliest = ['typed-array', 'tfjs', 'onnxruntime', 'webgpu', 'sql'];
const rank = ({ key }: Package) => (likeliest.includes(key) ? likeliest.indexOf(key) : likeliest.length);

/** The adapters whose READMEs begin with something to copy. */
export const startsOf = ({ packages }: Pick<Material, 'packages'>): Start[] =>
  packages
    .filter(({ key }) => !notAdapters.includes(key))
    .sort((a, b) => rank(a) - rank(b))
    .flatMap((pkg) => startOf(pkg) ?? []);

/** What the suite examines runs losses; the rest is what adapters are made of. */
const apart = (material: Material) => {
  const all = startsOf(material);
  return { run: all.filter(({ pkg }) => examined(pkg)), parts: all.filter(({ pkg }) => !examined(pkg)) };
};

/** Which adapter for which stack, in the words of the packages themselves. */
export function stacks(material: Material): string {
  const { run, parts } = apart(material);
  const rows = run.map(({ pkg }) => `| [${pkg.name}](#${pkg.key}) | ${pkg.description} |`);
  const core = material.packages.filter(({ key, readme }) => key === 'core' && readme !== undefined);
  const links = [...core, ...parts.map(({ pkg }) => pkg)].map(
    ({ name, path }) => `[${name}](site:${siteName(`${path}/README.md`)})`,
  );
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
