/** The examples of the API reference print what they say. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { commonOptions, exampleOf, factoryNames, parameterRows } from '../site/api/factories.ts';
import { docs, root } from '../site/packages.ts';

const scratch = join(docs, '.cache/api-examples');
afterAll(() => rmSync(scratch, { recursive: true }));

it('the example of each factory runs with typed-array and prints what is written behind it', () => {
  mkdirSync(scratch, { recursive: true });
  const files = factoryNames.map((name) => {
    const file = join(scratch, `${name}.ts`);
    writeFileSync(file, `${exampleOf(name).code}\nexport {};\n`);
    return file;
  });
  const runner = join(import.meta.dirname, 'snippets/run.ts');
  const out = execFileSync(process.execPath, ['--import', 'tsx', runner, ...files], { cwd: root, encoding: 'utf8' });
  const results = JSON.parse(out.trim().split('\n').at(-1) ?? '{}');
  for (const [i, name] of factoryNames.entries()) {
    expect(results[files[i]], name).toEqual({ printed: exampleOf(name).printed });
  }
});

it('options are those that a factory takes: quality focal loss has no α, and varifocal an own one', () => {
  expect(commonOptions('qualityFocal')).not.toContain('alpha');
  expect(commonOptions('softmaxFocal')).toContain('background');
  expect(parameterRows('varifocal').map(({ name }) => name)).toContain('alpha?');
  expect(commonOptions('varifocal')).not.toContain('alpha');
});
