/** The page of versions: what each package says changed, and what the next release will bring. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packages, root, version } from './packages.ts';

/** Its Markdown, with links as seen from the root of the repository. */
export function changelog(): string {
  const waiting = readdirSync(join(root, '.changeset'))
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .sort()
    .map((name) => change(readFileSync(join(root, '.changeset', name), 'utf8')));
  const lists = packages().flatMap(({ folder, name }) => {
    const file = join(folder, 'CHANGELOG.md');
    if (!existsSync(file) || !/^## /m.test(readFileSync(file, 'utf8'))) return [];
    // Each begins with the package as a title, and has a heading of level two a version.
    return [
      `## ${name}\n\n${readFileSync(file, 'utf8')
        .replace(/^# .*\n/, '')
        .replace(/^##/gm, '###')
        .trim()}`,
    ];
  });
  const of = (kind: string) => waiting.filter((one) => one.kind === kind);
  const list = (title: string, kind: string) =>
    of(kind).length === 0
      ? ''
      : `### ${title}\n\n${of(kind)
          .map(({ packages, text }) => `- **${packages}**: ${text}`)
          .join('\n')}\n`;
  return `# Changelog

The sources are at version ${version()}. All packages have the same version and move together.

${
  waiting.length === 0
    ? ''
    : `## Next\n\nWhat the next release brings.\n\n${list('Changes that break', 'major')}\n${list('New', 'minor')}\n${list('Mended', 'patch')}`
}
${lists.join('\n\n')}
`;
}

/** One changeset: which packages, the greatest step any of them takes, and what it says, as a point of a list. */
function change(file: string): { packages: string; kind: string; text: string } {
  const [, head = '', text = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(file) ?? [];
  const entries = Array.from(head.matchAll(/^['"]@focal-loss\/([\w-]+)['"]: (\w+)$/gm), ([, name, kind]) => ({
    name,
    kind,
  }));
  const kind = ['major', 'minor', 'patch'].find((one) => entries.some((entry) => entry.kind === one)) ?? 'patch';
  return { packages: entries.map(({ name }) => name).join(', '), kind, text: text.trim().replaceAll('\n', '\n  ') };
}
