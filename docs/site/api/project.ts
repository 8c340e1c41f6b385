/** What there is to document, read by TypeDoc from every package that has sources. A warning is an error: nothing public is undocumented. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  Application,
  type CommentDisplayPart,
  Converter,
  type DeclarationReflection,
  LogLevel,
  OptionDefaults,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
  type TypeDocOptions,
} from 'typedoc';
import { docs, entryPoints, type Package, root } from '../packages.ts';

/** A package's entry points, by the names they are imported by. */
export interface Documented {
  readonly project: ProjectReflection;
  readonly modules: readonly DeclarationReflection[];
}

/**
 * Reads the sources.
 *
 * @throws if TypeDoc has anything to complain about, with all of it.
 */
export async function documented(packages: readonly Package[]): Promise<Documented> {
  const names = new Map<string, string>();
  for (const pkg of packages) {
    for (const [subpath, file] of await entryPoints(pkg)) names.set(file, `${pkg.name}${subpath}`);
  }
  const app = await Application.bootstrap({ ...options, tsconfig: tsconfig(names), entryPoints: [...names.keys()] });
  const problems: string[] = [];
  app.logger = Object.assign(app.logger, {
    addContext: (message: string, level: LogLevel) => {
      if (level >= LogLevel.Warn) problems.push(message);
      return message;
    },
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => knowCore(project, names));
  const project = await app.convert();
  if (project === undefined) throw new Error(`TypeDoc found nothing to document:\n${problems.join('\n')}`);
  app.validate(project);
  if (problems.length > 0 || app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error(`TypeDoc:\n${problems.join('\n')}`);
  }
  const order = [...names.values()];
  const modules = project
    .getChildrenByKind(ReflectionKind.Module)
    .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return { project, modules };
}

/** Comments of any package may name what core exports, imported there or not. Modules get the names they are imported by. */
function knowCore(project: ProjectReflection, names: ReadonlyMap<string, string>): void {
  const known = new Map<string, Reflection>();
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
    const file = project.getSymbolIdFromReflection(module)?.fileName ?? '';
    const [, name] = [...names].find(([path]) => file.endsWith(relative(root, path))) ?? [];
    if (name !== undefined) module.name = name;
    if (name === '@focal-loss/core') for (const child of module.children ?? []) known.set(child.name, child);
  }
  const link = (parts: readonly CommentDisplayPart[]) => {
    for (const part of parts) {
      if (part.kind !== 'inline-tag' || part.tag !== '@link' || part.target !== undefined) continue;
      const target = known.get(part.text.trim());
      if (target !== undefined) part.target = target;
    }
  };
  for (const { comment } of Object.values(project.reflections)) {
    if (comment === undefined) continue;
    link(comment.summary);
    for (const { content } of comment.blockTags) link(content);
  }
}

const options: TypeDocOptions = {
  name: 'focal-loss',
  entryPointStrategy: 'resolve',
  basePath: root,
  readme: 'none',
  disableSources: true,
  sort: ['source-order'],
  excludeInternal: true,
  excludePrivate: true,
  validation: { notExported: false, invalidLink: true, invalidPath: true, notDocumented: true, rewrittenLink: false },
  requiredToBeDocumented: ['Module', 'Enum', 'Variable', 'Function', 'Class', 'Interface', 'TypeAlias'],
  externalSymbolLinkMappings: { typescript: { '*': '#' } },
  excludeExternals: true,
  // The compiler has looked at the sources of each package before: a second time would take as long as all of the reading.
  skipErrorChecking: true,
  // tfjs has a tag of its own, which comes along with its types.
  blockTags: [...OptionDefaults.blockTags, '@nocollapse'],
  logLevel: 'Warn',
};

/** Packages see each other's sources, not what was built of them, so that all links between them hold. */
function tsconfig(names: ReadonlyMap<string, string>): string {
  const paths = Object.fromEntries([...names].map(([file, name]) => [name, [file]]));
  const folder = join(docs, '.cache');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'tsconfig.api.json');
  const config = {
    extends: '../../tsconfig.base.json',
    compilerOptions: { paths, types: ['node', '@webgpu/types'] },
    files: [...names.keys()],
  };
  writeFileSync(file, JSON.stringify(config, null, 2));
  return file;
}
