/** What an editor shows of every factory: its options by name, each with its documentation and its default. */
import { join } from 'node:path';
import { type FocalLossError, factories, formulas, type Loss, type Member } from '@focal-loss/core';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { docs } from '../site/packages.ts';

const names = Object.keys(factories) as (keyof typeof factories)[];
const make = (name: keyof typeof factories) => factories[name] as (options?: object) => Loss;

/** The options that a factory takes, as it says itself when it is given another. */
function optionsOf(name: keyof typeof factories): string[] {
  try {
    make(name)({ nothingLikeThis: 1 });
  } catch (error) {
    const [, listed] = /the options are ([\w, ]+)/.exec((error as FocalLossError).message) ?? [];
    return listed.split(', ');
  }
  throw new Error(`${name} takes anything`);
}

/** A program with a call of every factory, and a language service that has it open. */
const file = join(docs, 'hovered.ts');
const text = names
  .map(
    (name) =>
      `import { ${name} } from '@focal-loss/core';\n${name}({ ${optionsOf(name)
        .map((o) => `${o}: 0 as never`)
        .join(', ')} });\n`,
  )
  .join('');
const service = ts.createLanguageService({
  getCompilationSettings: () => ({
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    types: [],
  }),
  getScriptFileNames: () => [file],
  getScriptVersion: () => '1',
  getScriptSnapshot: (name) => {
    const content = name === file ? text : ts.sys.readFile(name);
    return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
  },
  getCurrentDirectory: () => docs,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: (name) => name === file || ts.sys.fileExists(name),
  readFile: ts.sys.readFile,
  realpath: (path) => ts.sys.realpath?.(path) ?? path,
  directoryExists: (path) => ts.sys.directoryExists(path),
});

/** What is shown over a place: the signature, and the documentation. */
function hover(at: number): { signature: string; says: string } {
  const info = service.getQuickInfoAtPosition(file, at);
  return {
    signature: ts.displayPartsToString(info?.displayParts),
    says: ts.displayPartsToString(info?.documentation),
  };
}

const member = (name: keyof typeof factories): Member =>
  Object.values(formulas).find((one): one is Member => (one as Member).key === make(name)().key) as Member;

describe.each(names)('%s', (name) => {
  const call = text.indexOf(`\n${name}({`) + 1;
  const Name = `${name[0].toUpperCase()}${name.slice(1)}Options`;

  it('shows an interface of its own, and what it is', () => {
    const { signature, says } = hover(call);
    expect(signature).toContain(`options?: ${Name}<`);
    expect(signature).not.toMatch(/Omit<|Pick<|\{ /);
    expect(says.length).toBeGreaterThan(80);
  });

  it.each(optionsOf(name))('shows what %s takes', (option) => {
    const { signature, says } = hover(text.indexOf(`${option}: 0`, call));
    expect(signature).toMatch(new RegExp(`^\\(property\\) .*\\b${option}\\?: `));
    expect(says.length).toBeGreaterThan(20);
    const param = member(name).params[option];
    if (param === undefined) return;
    // The default that is written is the one that acts.
    const acts = param.flag ? String(param.default === 1) : String(param.default);
    expect(says).toMatch(new RegExp(`Default ${acts.replace('.', '\\.')}\\.(\\s|$)`));
  });

  it('knows no option that it does not take', () => {
    const checker = service.getProgram()?.getTypeChecker();
    const source = service.getProgram()?.getSourceFile(file);
    let known: string[] = [];
    source?.forEachChild((node) => {
      if (!ts.isExpressionStatement(node) || !ts.isCallExpression(node.expression)) return;
      if (node.expression.expression.getText() !== name) return;
      const type = checker?.getContextualType(node.expression.arguments[0]);
      known =
        type === undefined
          ? []
          : (checker
              ?.getNonNullableType(type)
              .getProperties()
              .map((one) => one.name) ?? []);
    });
    expect(known.sort()).toEqual(optionsOf(name).sort());
  });
});
