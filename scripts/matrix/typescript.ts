/** Whether what READMEs and guides show type-checks, under a version of TypeScript and its settings. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { docs, root } from '../../docs/site/packages.ts';
import { documents } from '../../docs/test/snippets/documents.ts';

/** The oldest version whose compiler takes our declarations: 5.4 brought `NoInfer`. */
export const OLDEST = '5.4';

/** What people set. */
export interface Settings {
  readonly moduleResolution: 'nodenext' | 'bundler' | 'node16' | 'node10';
  readonly exactOptionalPropertyTypes: boolean;
}

/** All that every block has to pass. */
export const settings: readonly Settings[] = (['nodenext', 'bundler'] as const).flatMap((moduleResolution) =>
  [true, false].map((exactOptionalPropertyTypes) => ({ moduleResolution, exactOptionalPropertyTypes })),
);

const MODULES = { nodenext: 'nodenext', node16: 'node16', bundler: 'esnext', node10: 'commonjs' };

/**
 * Complaints of a compiler about all blocks of TypeScript, and about the declarations of our packages: `skipLibCheck` is off.
 * Those of other packages are not ours; tfjs-layers' fail under every version.
 *
 * @param typescript The folder of the package of that name.
 */
export function complaints(typescript: string, { moduleResolution, exactOptionalPropertyTypes }: Settings): string[] {
  // Inside the workspace: packages are found as a user's project finds them.
  const folder = join(docs, '.snippets', `types-${process.pid}-${moduleResolution}-${exactOptionalPropertyTypes}`);
  mkdirSync(folder, { recursive: true });
  try {
    const files = documents
      // The README of conformance has files of a user's project, and a test in its package.
      .filter(({ path }) => path !== 'conformance/README.md')
      .flatMap(({ fences }) => fences)
      .filter(({ info }) => /^ts\b/.test(info))
      .map(({ path, index, code }) => {
        const name = `${path.replaceAll(/[/.]/g, '-')}-${index}.ts`;
        // A module each, whether or not it imports anything.
        writeFileSync(join(folder, name), `${code}\nexport {};\n`);
        return name;
      });
    const compilerOptions = {
      target: 'es2022',
      module: MODULES[moduleResolution],
      moduleResolution,
      exactOptionalPropertyTypes,
      lib: ['es2023', 'dom'],
      types: ['node', '@webgpu/types'],
      ...{ strict: true, skipLibCheck: false, noEmit: true, preserveSymlinks: false },
    };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    return compile(typescript, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What `tsc -p` complains about in a folder, without what other packages' declarations do wrong. */
export function compile(typescript: string, folder: string): string[] {
  const tsc = spawnSync(process.execPath, [join(typescript, 'bin/tsc'), '-p', '.'], { cwd: folder, encoding: 'utf8' });
  const lines = tsc.stdout.split('\n').filter((line) => /error TS\d+/.test(line));
  if (tsc.status !== 0 && lines.length === 0) return [tsc.stdout + tsc.stderr || `tsc ended with ${tsc.status}`];
  return lines.filter((line) => !/node_modules\/(?!@focal-loss)/.test(line));
}

/** The TypeScript of this repository. */
export const here = join(root, 'node_modules/typescript');
