/** Package managers: what each makes of our tarballs and of what the install lines of READMEs name, and nothing else. */
import { basename, join } from 'node:path';
import type { Cell } from './cell.ts';
import { judged, PRINTS, printed, probe } from './probe.ts';
import { install, type Project } from './project.ts';
import { within } from './runtimes.ts';

/** tfjs as its README has it: imports only what its install line names. */
const TFJS = `
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { sigmoidFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
const loss = compile(sigmoidFocal());
console.log('TFJS ' + (await loss(tf.tensor1d([1]), tf.tensor1d([0])).data())[0]);
`;

const files = { 'probe.js': probe(), 'main.js': PRINTS, 'tfjs.js': TFJS };

interface Manager {
  readonly name: string;
  readonly tried: string;
  readonly manifest: (files: Readonly<Record<string, string>>) => object;
  readonly settings?: Readonly<Record<string, string>>;
  readonly tool?: string;
  readonly installs: (tool: string) => readonly string[];
  readonly runs: (tool: string, file: string) => readonly string[];
}

const node = (_tool: string, file: string) => ['node', file];

const managers: readonly Manager[] = [
  {
    name: 'npm',
    tried: 'npm install',
    manifest: () => ({}),
    installs: () => ['npm', 'install', '--no-audit', '--no-fund'],
    runs: node,
  },
  {
    name: 'pnpm',
    tried: 'without hoisting',
    // Where settings are depends on the version: in the manifest, or in a file of the workspace.
    manifest: (overrides) => ({ pnpm: { overrides } }),
    settings: { 'pnpm-workspace.yaml': 'hoist: false\nnodeLinker: isolated\nOVERRIDES' },
    tool: 'pnpm',
    installs: (tool) => [
      'node',
      join(tool, 'node_modules/pnpm/bin/pnpm.mjs'),
      'install',
      '--no-frozen-lockfile',
      '--config.hoist=false',
    ],
    runs: node,
  },
  {
    name: 'Yarn',
    tried: "Plug'n'Play",
    manifest: (resolutions) => ({ resolutions }),
    settings: {
      '.yarnrc.yml':
        'nodeLinker: pnp\nenableImmutableInstalls: false\nenableGlobalCache: false\nenableTelemetry: false\n',
      'yarn.lock': '',
    },
    tool: '@yarnpkg/cli-dist',
    installs: (tool) => ['node', join(tool, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js'), 'install'],
    runs: (tool, file) => ['node', join(tool, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js'), 'node', file],
  },
  {
    name: 'Bun',
    tried: 'bun install',
    manifest: (overrides) => ({ overrides }),
    tool: `@oven/bun-${process.platform}-${process.arch}`,
    installs: (tool) => [join(tool, `node_modules/@oven/bun-${process.platform}-${process.arch}/bin/bun`), 'install'],
    runs: node,
  },
];

export const packageManagers = (tarballs: readonly string[]): Cell[] =>
  managers.map((manager) => ({
    group: 'package manager',
    name: manager.name,
    tried: `${manager.tried}; typed arrays and tfjs`,
    run: () =>
      within('tool', (tool) =>
        within('manager', async (at: Project) => {
          if (manager.tool !== undefined) await install(tool, manager.tool);
          const name = (file: string) =>
            `@focal-loss/${/^focal-loss-(.*)-\d+\.\d+\.\d+\.tgz$/.exec(basename(file))?.[1]}`;
          const ours = Object.fromEntries(tarballs.map((file) => [name(file), `file:${file}`]));
          // npm is content with packages of the right version beside; others are told where ours come from.
          const direct = ['core', 'typed-array', 'tfjs'].map((key) => `@focal-loss/${key}`);
          const wanted = manager.name === 'npm' ? Object.keys(ours) : direct;
          at.write({
            ...files,
            ...Object.fromEntries(
              Object.entries(manager.settings ?? {}).map(([path, text]) => [
                path,
                text.replace(
                  'OVERRIDES',
                  `overrides:\n${Object.entries(ours)
                    .map(([key, file]) => `  '${key}': '${file}'\n`)
                    .join('')}`,
                ),
              ]),
            ),
            'package.json': JSON.stringify({
              ...{ name: 'app', version: '1.0.0', private: true, type: 'module' },
              dependencies: {
                ...Object.fromEntries(wanted.map((key) => [key, ours[key]])),
                ...{ '@tensorflow/tfjs-core': '^4.22.0', '@tensorflow/tfjs-backend-cpu': '^4.22.0' },
              },
              ...manager.manifest(ours),
            }),
          });
          const [command, ...args] = manager.installs(tool.folder);
          await at.must(command, args);
          const start = (file: string) => {
            const [program, ...rest] = manager.runs(tool.folder, file);
            return at.must(program, rest);
          };
          const says = judged(printed(await start('main.js')));
          const [, value] = /TFJS (\S+)/.exec(await start('tfjs.js')) ?? [];
          if (Math.abs(Number(value) - 0.17328) > 1e-5) throw new Error(`tfjs gives ${value}`);
          return says;
        }),
      ),
  }));
