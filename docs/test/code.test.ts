/** What the site makes of blocks of code: JavaScript of TypeScript, pnpm of npm, and no line too long for the page. */
import ts from 'typescript';
import { describe, expect, it, vi } from 'vitest';
import { pnpm } from '../site/code.ts';
import { highlighter } from '../site/highlight.ts';
import { javascript } from '../site/javascript.ts';
import { lettered } from '../site/letters.ts';
import { documents } from './snippets/documents.ts';

const blocks = documents.flatMap(({ fences }) => fences);
const typed = blocks.filter(({ info }) => /^ts\b/.test(info));

/** What TypeScript itself makes of a program, without the freedom of layout. */
const emitted = (code: string) =>
  ts
    .transpileModule(code, {
      compilerOptions: {
        target: ts.ScriptTarget.ESNext,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        removeComments: true,
      },
    })
    .outputText.replace(/[\s();]/g, '')
    .replace(/,([}\]])/g, '$1');

describe('JavaScript', () => {
  it.each(typed.map((fence) => [fence.path, fence.index, fence.code] as const))(
    '%s, block %i: types go, the program stays',
    (_path, _index, code) => {
      const plain = javascript(code);
      expect(emitted(plain)).toBe(emitted(code));
      const { parseDiagnostics } = ts.createSourceFile('x.js', plain, ts.ScriptTarget.ESNext) as unknown as {
        parseDiagnostics: unknown[];
      };
      expect(parseDiagnostics).toEqual([]);
    },
  );

  it('leaves no empty brackets, casts or types', () => {
    const code = `import { type A, run } from 'a';
import type { B } from 'b';

interface C {
  readonly a: number;
}

const f = <T>(x: T, y?: number): T => run<T>(x as B, y!) satisfies C;
console.log((f(1) as A).b);
`;
    expect(javascript(code)).toBe(`import { run } from 'a';

const f = (x, y) => run(x, y);
console.log((f(1)).b);
`);
  });
});

it('blocks are coloured to their ends on a busy machine, too: half a second was all that a line got', async () => {
  const highlight = await highlighter();
  const code = 'const logit = (p: number) => Math.log(p / (1 - p)) + 3;';
  const coloured = highlight(code, 'ts');
  let now = 0;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => {
    now += 100;
    return now;
  });
  expect(highlight(code, 'ts')).toBe(coloured);
  expect(clock).toHaveBeenCalled();
  clock.mockRestore();
  expect(coloured).toMatch(/>3<\/span>/);
});

it('pnpm has the same commands, where a user types them', () => {
  expect(pnpm('npm install --save-dev @focal-loss/core\nnpx focal-conformance init')).toBe(
    'pnpm add -D @focal-loss/core\npnpm exec focal-conformance init',
  );
  expect(pnpm('npx -p @focal-loss/sql focal-sql')).toBe('pnpm --package=@focal-loss/sql dlx focal-sql');
  expect(pnpm('npm ci\nnpx focal-conformance --all')).toBeUndefined();
  expect(pnpm('npm run docs')).toBeUndefined();
});

it('text has its letters below the line, and code keeps them', () => {
  expect(lettered('−log p_t at γ = 2')).toBe('−log <var>p<sub>t</sub></var> at γ\u00a0=\u00a02');
  expect(lettered('(1 − p_t)^γ')).toBe('(1 − <var>p<sub>t</sub></var>)<sup>γ</sup>');
  expect(lettered('nothing to do')).toBeUndefined();
});

it('guides have no line of code that is wider than the page, 90 columns', () => {
  const wide = blocks
    .filter(({ path, info }) => path.startsWith('docs/guides/') && info !== 'text' && info !== '')
    .flatMap(({ path, index, code }) =>
      code
        .split('\n')
        .filter((line) => [...line].length > 90)
        .map((line) => `${path}, block ${index}: ${line}`),
    );
  expect(wide).toEqual([]);
});
