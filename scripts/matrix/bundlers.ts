/** Bundlers by their defaults, the page they write opened in Chromium; and libraries made of ours, run in Node.js. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { launchChromium, noChromium, serve } from '@focal-loss/testing';
import { type Cell, NotHere } from './cell.ts';
import { type Found, judged, PAGE, PRINTS, printed, probe, SHOWS } from './probe.ts';
import { install, type Project } from './project.ts';
import { within } from './runtimes.ts';

/** What a page found that is served here. */
async function open(url: string): Promise<Found> {
  const missing = await noChromium();
  if (missing !== undefined) throw new NotHere(missing);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(url);
    await page
      .waitForFunction(() => 'found' in globalThis, undefined, { timeout: 60_000 })
      .catch(() => {
        throw new Error(`the page found nothing: ${errors.join('; ') || 'no errors'}`);
      });
    return (await page.evaluate('globalThis.found')) as Found;
  } finally {
    await browser.close();
  }
}

const served = async (folder: string): Promise<Found> => {
  const server = await serve({ files: folder });
  try {
    return await open(server.url);
  } finally {
    await server.close();
  }
};

interface Recipe {
  readonly name: string;
  readonly tried: string;
  readonly needs: readonly string[];
  /** Files beside probe.js, main.js and index.html. */
  readonly files?: Readonly<Record<string, string>>;
  readonly manifest?: object;
  readonly build: readonly [command: string, ...args: string[]];
  /** The folder that is served. */
  readonly out: string;
}

const worker = 'node_modules/@focal-loss/typed-array/dist/worker.js';

const recipes: readonly Recipe[] = [
  ...['7', '8'].map((version) => ({
    name: `Vite ${version}`,
    tried: 'vite build',
    needs: [`vite@${version}`],
    build: ['npx', 'vite', 'build'] as const,
    out: 'dist',
  })),
  {
    name: 'webpack 5',
    tried: 'webpack',
    needs: ['webpack@5', 'webpack-cli'],
    files: { 'dist/index.html': PAGE('main.js') },
    build: ['npx', 'webpack', '--mode', 'production', '--entry', './main.js'],
    out: 'dist',
  },
  {
    name: 'esbuild',
    tried: 'worker.js as a second entry',
    needs: ['esbuild'],
    files: { 'dist/index.html': PAGE('main.js') },
    build: ['npx', 'esbuild', 'main.js', worker, '--bundle', '--format=esm', '--outdir=dist', '--entry-names=[name]'],
    out: 'dist',
  },
  {
    name: 'Rollup 4',
    tried: 'worker.js as a second entry',
    needs: ['rollup@4', '@rollup/plugin-node-resolve'],
    files: { 'dist/index.html': PAGE('main.js') },
    build: ['npx', 'rollup', '-p', 'node-resolve', '-d', 'dist', '-f', 'es', '-i', 'main.js', '-i', worker],
    out: 'dist',
  },
  {
    name: 'Rolldown',
    tried: 'worker.js as a second entry',
    needs: ['rolldown'],
    files: { 'dist/index.html': PAGE('main.js') },
    build: ['npx', 'rolldown', 'main.js', worker, '-d', 'dist', '--platform', 'browser'],
    out: 'dist',
  },
  {
    name: 'Parcel 2',
    tried: 'its default resolver, which does not read exports',
    needs: ['parcel@2'],
    build: ['npx', 'parcel', 'build', 'index.html', '--no-cache'],
    out: 'dist',
  },
  {
    name: 'bun build',
    tried: 'worker.js as a second entry',
    needs: [`@oven/bun-${process.platform}-${process.arch}`],
    files: { 'dist/index.html': PAGE('main.js') },
    build: [
      `node_modules/@oven/bun-${process.platform}-${process.arch}/bin/bun`,
      ...['build', 'main.js', worker, '--outdir=dist', '--entry-naming=[name].[ext]', '--target=browser'],
    ],
    out: 'dist',
  },
  ...['webpack', 'turbopack'].map((engine) => ({
    name: `Next (${engine})`,
    tried: 'next build, static export',
    needs: ['next', 'react', 'react-dom'],
    files: {
      'next.config.mjs': "export default { output: 'export' };\n",
      'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;\n',
      'app/page.js':
        "'use client';\nimport { useEffect } from 'react';\nexport default function Page() {\n  useEffect(() => void import('../main.js'), []);\n  return null;\n}\n",
    },
    build: ['npx', 'next', 'build', `--${engine}`] as const,
    out: 'out',
  })),
];

const base = { 'probe.js': probe(), 'main.js': SHOWS, 'index.html': PAGE('./main.js') };

const built = (recipe: Recipe, tarballs: readonly string[]): Cell => ({
  group: 'bundler',
  name: recipe.name,
  tried: recipe.tried,
  run: () =>
    within('bundler', async (at) => {
      await install(at, ...tarballs, ...recipe.needs);
      at.write({ ...base, ...recipe.files });
      const [command, ...args] = recipe.build;
      await at.must(command, args);
      return judged(await served(join(at.folder, recipe.out)));
    }),
});

/** Vite's server, which serves modules one by one and bundles dependencies before. */
const dev = (version: string, tarballs: readonly string[]): Cell => ({
  group: 'bundler',
  name: `Vite ${version}`,
  tried: 'the dev server',
  run: () =>
    within('vite', async (at) => {
      await install(at, ...tarballs, `vite@${version}`);
      at.write(base);
      const args = ['node_modules/vite/bin/vite.js', '--host', '127.0.0.1', '--port', '0'];
      const server = spawn(process.execPath, args, { cwd: at.folder, env: { ...process.env, NO_COLOR: '1' } });
      try {
        const url = await new Promise<string>((resolve, reject) => {
          let out = '';
          for (const stream of [server.stdout, server.stderr]) {
            stream.on('data', (text) => {
              out += text;
              const [found] = /http:\/\/127\.0\.0\.1:\d+\//.exec(out) ?? [];
              if (found !== undefined) resolve(found);
            });
          }
          server.on('close', () => reject(new Error(out)));
        });
        return judged(await open(url));
      } finally {
        server.kill();
      }
    }),
});

/** A library of somebody's, which depends on ours and is built by a tool for libraries. */
const library = (
  name: string,
  needs: readonly string[],
  build: readonly string[],
  tarballs: readonly string[],
): Cell => ({
  group: 'bundler',
  name,
  tried: 'a library of ours, run in Node.js',
  run: () =>
    within('library', async (at: Project) => {
      await install(at, ...tarballs, ...needs);
      at.write({
        'src/index.ts': `// @ts-nocheck\n${probe()}`,
        'tsconfig.json': JSON.stringify({
          compilerOptions: { target: 'es2022', module: 'esnext', moduleResolution: 'bundler', strict: true, types: [] },
        }),
        'main.js': PRINTS.replace('./probe.js', './dist/index.js'),
      });
      await at.must('npx', build);
      return judged(printed(await at.must(process.execPath, ['main.js'])));
    }),
});

export const bundlers = (tarballs: readonly string[]): Cell[] => [
  ...['7', '8'].map((version) => dev(version, tarballs)),
  ...recipes.map((recipe) => built(recipe, tarballs)),
  library(
    'tsdown',
    ['tsdown', 'typescript@6'],
    ['tsdown', 'src/index.ts', '--dts', '--out-dir', 'dist', '--platform', 'neutral', '--ext', 'js'],
    tarballs,
  ),
  library('tsup', ['tsup', 'typescript@5'], ['tsup', 'src/index.ts', '--format', 'esm', '--dts'], tarballs),
];
