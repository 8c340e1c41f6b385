import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
// Inside the workspace, so that it finds the packages as a user's project would.
const scratch = join(root, 'node_modules', '.types');
mkdirSync(scratch, { recursive: true });
afterAll(() => rmSync(scratch, { recursive: true }));

const program = (device: string) => `import { sigmoidFocal } from '@focal-loss/core';
import { compile, type EncodeOptions } from '@focal-loss/webgpu';
import { lossFunction } from '@focal-loss/webgpu/wgsl';
${device}

export async function main(options: EncodeOptions): Promise<number | undefined> {
  const adapter = await gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const run = await compile(sigmoidFocal(), { device, prepare: [{ weights: true }] });
  run.bind(options).encode(device.createCommandEncoder());
  return lossFunction(sigmoidFocal(), { slope: true, prefix: 'head' }).params[0]?.value;
}
`;

// What TypeScript brings along is read once for both programs.
const host = ts.createCompilerHost({});
const read = host.getSourceFile;
const libraries = new Map<string, ts.SourceFile | undefined>();
host.getSourceFile = (name, ...rest) => {
  if (!name.includes('/node_modules/typescript/')) return read(name, ...rest);
  if (!libraries.has(name)) libraries.set(name, read(name, ...rest));
  return libraries.get(name);
};

// With library files checked, the types of npm webgpu and TypeScript's own for browsers, which they need, contradict each other in
// every program. Nothing may be wrong with ours beside them.
it.each([
  ['npm webgpu', "import { create } from 'webgpu';\nconst gpu = create([]);"],
  ['browsers', 'const { gpu } = navigator;'],
])('types pass beside those of %s, library files checked, under the strictest options', (_, device) => {
  const compilerOptions = {
    ...{ target: 'ES2022', lib: ['ES2023', 'DOM'], types: [], module: 'NodeNext', moduleResolution: 'NodeNext' },
    ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noEmit: true },
    skipLibCheck: false,
  };
  const main = join(scratch, 'main.ts');
  writeFileSync(main, program(device));
  const { options, errors } = ts.convertCompilerOptionsFromJson(compilerOptions, scratch);
  expect(errors).toEqual([]);
  const made = ts.createProgram([main], options, host);
  // What is asked of is checked, library files or not: it is those that would take most of the time.
  const files = made.getSourceFiles().filter(({ fileName }) => !/node_modules\/(typescript|webgpu)\//.test(fileName));
  expect(files.length).toBeGreaterThan(3);
  const wrong = files
    .flatMap((file) => [...made.getSyntacticDiagnostics(file), ...made.getSemanticDiagnostics(file)])
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  expect(wrong).toEqual([]);
});
