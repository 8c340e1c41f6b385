import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium, serve, vulkanEnvironment } from '@focal-loss/testing';
import ts from 'typescript';
import { afterAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
// Inside the workspace, so that the snippet finds the packages as a user's project would.
const scratch = join(root, 'node_modules', '.snippets');
mkdirSync(scratch, { recursive: true });
afterAll(() => rmSync(scratch, { recursive: true }));

const snippet = (language: string) => readme.split(`\`\`\`${language}\n`)[1].split('```')[0];

const snippets = Array.from(readme.matchAll(/```ts webgpu\n([\s\S]*?)```/g), ([, code]) => code);

it.each(snippets.map((code, i) => [i + 1, code] as const))('snippet %i prints what it says', (_, code) => {
  const file = join(scratch, 'loop.mjs');
  // Types taken away here, which takes a program of its own longer than to run. Dawn keeps a process alive as long as its instance
  // lives.
  const { outputText } = ts.transpileModule(`${code}\nprocess.exit();\n`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
  });
  writeFileSync(file, outputText);
  const printed = execFileSync(process.execPath, [file], {
    cwd: root,
    env: { ...process.env, ...vulkanEnvironment() },
    encoding: 'utf8',
  });
  const [, promised] = /^ *console\.log\((?:.*|\n[\s\S]*?\n *)\);(?: \/\/ |\n *\/\/ )(.*)$/m.exec(code) ?? [];
  expect(printed).toBe(`${promised}\n`);
});

it('the page shows its loss', async (context) => {
  const files = new Map<string, string>([['index.html', snippet('html')]]);
  for (const name of ['core', 'shader', 'webgpu']) {
    const dist = join(root, '..', name, 'dist');
    for (const file of readdirSync(dist).filter((path) => path.endsWith('.js'))) {
      files.set(`node_modules/@focal-loss/${name}/dist/${file}`, readFileSync(join(dist, file), 'utf8'));
    }
  }
  const browser = await launchChromium().catch(({ message }: Error) => context.skip(`not run, no browser: ${message}`));
  const server = await serve({ files, root });
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction('document.querySelector("pre").textContent !== ""');
    expect(await page.textContent('pre')).toBe('loss 0.034111');
  } finally {
    await browser.close();
    await server.close();
  }
});
