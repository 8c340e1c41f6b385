import type { Material } from './material.ts';

/** The sections on speed of the packages' own READMEs, which say what command and machine made them. */
export function benchmarks({ packages }: Material): string {
  return packages
    .flatMap(({ key, name, path, readme, manifest }) => {
      const [, body] = readme?.match(/^## Speed\n([\s\S]*?)(?=^## |(?![\s\S]))/m) ?? [];
      if (body === undefined) return [];
      const command =
        'bench' in ((manifest as { scripts?: object }).scripts ?? {}) ? `npm run bench -w ${name}` : undefined;
      return [
        `## ${key}\n\n${rebase(body.trim(), path)}${command === undefined ? '' : `\n\nMeasure again:\n\n\`\`\`sh\n${command}\n\`\`\``}`,
      ];
    })
    .join('\n\n');
}

/** Links of a README that lies in `path`, seen from docs/guides. */
const rebase = (text: string, path: string) =>
  text.replace(/\]\((?!https?:|#)([^)]+)\)/g, (_, link: string) => `](../../${path}/${link})`);
