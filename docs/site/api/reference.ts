/** The API reference as pages of the site: one a module, and of core's names those for adapters and the formulas apart. */
import {
  type DeclarationReflection,
  ReferenceReflection,
  type Reflection,
  ReflectionKind,
  type SomeType,
  type TypeParameterReflection,
} from 'typedoc';
import { block } from '../code.ts';
import { escapeHtml } from '../html.ts';
import type { Heading } from '../markdown.ts';
import type { Content } from '../template.ts';
import { commentWriter, type Render } from './comments.ts';
import { commonOptions, exampleOf, factoryNames, memberOf, parameterRows } from './factories.ts';
import { type Group, groupOf, groups } from './groups.ts';
import type { Documented } from './project.ts';
import { codeBlock, rowsTable, symbolWriter } from './symbols.ts';
import { typeWriter } from './types.ts';

/** A page of the reference, and what it documents. */
interface Leaf {
  readonly file: string;
  readonly title: string;
  /** How its names are imported. */
  readonly from: string;
  /** HTML before the names. */
  readonly intro: string;
  readonly description: string;
  readonly parts: readonly {
    readonly title: string;
    readonly says: string;
    readonly names: readonly DeclarationReflection[];
  }[];
}

/** Something that can be found by its name. */
export interface Named {
  readonly name: string;
  /** From the root of the site. */
  readonly url: string;
  /** Where it is imported from: it tells apart what has one name in several packages. */
  readonly module: string;
  readonly says: string;
}

const CORE = '@focal-loss/core';
const keyOf = (module: string) => module.replace('@focal-loss/', '').replaceAll('/', '-');
const isFunction = ({ kind }: DeclarationReflection) =>
  [ReflectionKind.Function, ReflectionKind.Class, ReflectionKind.Variable].includes(kind);

/** All pages of the reference, and all names with their addresses. */
export function referencePages(
  { project, modules }: Documented,
  descriptions: ReadonlyMap<string, string>,
  render: Render,
  highlight: (code: string, language: string) => string,
): { pages: Content[]; names: Named[] } {
  const fileOf = (one: Reflection) =>
    /([^/]*)\.ts$/.exec(project.getSymbolIdFromReflection(one)?.fileName ?? '')?.[1] ?? '';
  /** As the files have them, what one calls before what one only names. */
  const placeOf = (one: Reflection) => project.getSymbolIdFromReflection(one)?.pos ?? 0;
  const inOrder = (a: DeclarationReflection, b: DeclarationReflection) =>
    Number(isFunction(b)) - Number(isFunction(a)) || fileOf(a).localeCompare(fileOf(b)) || placeOf(a) - placeOf(b);
  const addresses = new Map<number, string>();
  const address = (one: Reflection): string | undefined =>
    addresses.get(one.id) ??
    (one.parent === undefined || one.kindOf([ReflectionKind.Module, ReflectionKind.TypeParameter])
      ? undefined
      : address(one.parent));
  const types = typeWriter(address);
  const comments = commentWriter(address, render);
  const symbol = symbolWriter(types, comments);

  const summaryOf = (one: DeclarationReflection) => comments.first(one.comment ?? one.signatures?.[0]?.comment);

  const leaves = modules.flatMap((module) => leavesOf(module));
  for (const { file, parts } of leaves) {
    for (const one of parts.flatMap(({ names }) => names)) addresses.set(one.id, `${file}#${one.name}`);
  }
  // The namespace of factories has what core exports by itself.
  for (const one of modules.flatMap(({ children = [] }) => children).filter(({ name }) => name === 'factories')) {
    for (const child of one.children ?? []) addresses.set(child.id, `api/core.html#${child.name}`);
  }

  function leavesOf(module: DeclarationReflection): Leaf[] {
    const { name, children = [] } = module;
    const shared = { from: name, description: descriptions.get(name) ?? comments.first(module.comment) };
    const of = (names: readonly DeclarationReflection[], title: string, says = '') => ({ title, says, names });
    const file = `api/${keyOf(name)}.html`;
    const own = children.filter(
      (one) => one.kind !== ReflectionKind.Namespace && one.kind !== ReflectionKind.Reference,
    );
    const inFull = (one: DeclarationReflection) =>
      (one as { tryGetTargetReflectionDeep?: () => unknown }).tryGetTargetReflectionDeep === undefined;
    if (name !== CORE) {
      const all = own.filter(inFull).sort(inOrder);
      const parts = [
        of(all.filter(isFunction), 'Functions'),
        of(
          all.filter((one) => !isFunction(one)),
          'Types',
        ),
      ];
      return [{ ...shared, file, title: name, intro: '', parts: parts.filter(({ names }) => names.length > 0) }];
    }
    const grouped = (group: Group) => own.filter((one) => groupOf(one.name, fileOf(one)) === group).sort(inOrder);
    const rest = own.filter((one) => groupOf(one.name, fileOf(one)) === undefined).sort(inOrder);
    const members = (namespace: string) =>
      children
        .find((one) => one.name === namespace)
        ?.children?.filter(({ kind }) => kind !== ReflectionKind.Reference) ?? [];
    return [
      {
        ...shared,
        file,
        title: name,
        intro: `<p>${shared.description} <a href="api/core-formulas.html">The formulas</a> and <a href="api/core-adapters.html">what adapters are made of</a> have pages of their own.</p>`,
        parts: groups.map((group) => of(grouped(group), group.title, group.says)),
      },
      {
        ...shared,
        file: 'api/core-formulas.html',
        title: 'The formulas',
        from: `${CORE}`,
        description: 'Every member of the family: its formula, its source, its properties and pitfalls.',
        intro: `<p>The members of <code>formulas</code>: <code>import { formulas } from '${CORE}'</code>. Each is a formula over an algebra, with what factories, kernels and tests are made of.</p>`,
        parts: [of(members('formulas'), 'Members')],
      },
      {
        ...shared,
        file: 'api/core-adapters.html',
        title: 'For adapters',
        description: 'What adapters and backends are made of: the frame of a call, programs of kernels, checks.',
        intro:
          '<p>What adapters are made of. Whoever only uses losses needs none of it; to write a backend, begin with <a href="add-a-backend.html">the guide</a>.</p>',
        parts: [
          of(rest.filter(isFunction), 'Functions'),
          of(
            rest.filter((one) => !isFunction(one)),
            'Types',
          ),
          of(
            members('helpers'),
            'helpers',
            `Of the namespace <code>helpers</code>: <code>import { helpers } from '${CORE}'</code>.`,
          ),
        ],
      },
    ];
  }

  const optionsOf = (name: string) => {
    const interfaces = ['CommonOptions', 'SigmoidOptions', 'SoftmaxOptions'];
    const declared =
      modules.find((module) => module.name === CORE)?.children?.filter((one) => interfaces.includes(one.name)) ?? [];
    const softmax = name.startsWith('softmax') || name === 'distributionFocal';
    const own = declared
      .filter((one) => one.name !== (softmax ? 'SigmoidOptions' : 'SoftmaxOptions'))
      .flatMap(({ children = [] }) => children);
    return commonOptions(name).flatMap((option) => {
      const field = own.find((one) => one.name === option && !one.flags.isInherited);
      return field === undefined
        ? []
        : [
            {
              name: `${option}?`,
              type: `<code>${types.write(constraintOf(field.type))}</code>`,
              says: comments.inline(field.comment?.summary),
            },
          ];
    });
  };

  /** As the docstring of the member has it. */
  const formulaOf = (name: string) => {
    const { key } = memberOf(name);
    const namespace = modules.find((module) => module.name === CORE)?.children?.find((one) => one.name === 'formulas');
    return comments.formula(namespace?.children?.find((one) => one.name === key)?.comment);
  };

  /** A factory is a variable of a generic type to TypeScript, and a function to everybody else. */
  function factory(one: DeclarationReflection): string {
    const { code, printed } = exampleOf(one.name);
    const loss = modules.find((module) => module.name === CORE)?.children?.find(({ name }) => name === 'Loss');
    const back = loss === undefined ? 'Loss' : `<a href="${address(loss)}">Loss</a>`;
    return `${codeBlock(`${one.name}(options?): ${back}`)}${comments.all(one.comment)}${formulaOf(one.name)}${rowsTable('option', [...parameterRows(one.name), ...optionsOf(one.name)], 'takes')}${block(`${code} // ${printed}`, 'ts', highlight)}`;
  }

  /** What a module exports that another documents. */
  function again(module: DeclarationReflection | undefined): string {
    const links = (module?.children ?? []).flatMap((one) => {
      const target = one instanceof ReferenceReflection ? one.tryGetTargetReflectionDeep() : undefined;
      const url = target === undefined ? undefined : address(target);
      return url === undefined ? [] : [`<a href="${url}"><code>${escapeHtml(one.name)}</code></a>`];
    });
    return links.length === 0 ? '' : `<p>It also exports ${links.join(', ')}.</p>`;
  }

  const pages = leaves.map(({ file, title, from, description, intro, parts }): Content => {
    const headings: Heading[] = [{ level: 1, text: title, id: '' }];
    const body = parts.map((part) => {
      const id = `group-${part.title.toLowerCase().replace(/\W+/g, '-')}`;
      headings.push({ level: 2, text: part.title, id });
      const list = part.names.map(
        (one) => `<li><a href="#${one.name}"><code>${one.name}</code></a> ${escapeHtml(summaryOf(one))}</li>`,
      );
      const entries = part.names.map((one) => {
        headings.push({ level: 3, text: one.name, id: one.name });
        return `<h3 id="${one.name}" class="symbol"><a class="self" href="#${one.name}">${escapeHtml(one.name)}</a></h3>\n${factoryNames.includes(one.name) && from === CORE && title === CORE ? factory(one) : symbol(one)}`;
      });
      return `<h2 id="${id}"><a class="self" href="#${id}">${part.title}</a></h2>\n${part.says === '' ? '' : `<p>${part.says}</p>`}<ul class="names">${list.join('')}</ul>\n${entries.join('\n')}`;
    });
    const module = modules.find(({ name }) => name === from);
    // Core's own words are for those who read its files.
    const about = title === from && from !== CORE ? comments.all(module?.comment) + again(module) : '';
    return {
      file,
      title,
      description,
      headings,
      html: `<p class="crumb"><a href="api/index.html">API reference</a></p>\n<h1>${escapeHtml(title)}</h1>\n${about}${intro}${title === from ? block(`import { … } from '${from}';`, 'ts', highlight) : ''}\n${body.join('\n')}`,
    };
  });

  const names = leaves.flatMap(({ file, from, parts }) =>
    parts.flatMap(({ names }) =>
      names.map((one): Named => ({ name: one.name, url: `${file}#${one.name}`, module: from, says: summaryOf(one) })),
    ),
  );
  return { pages: [overview(leaves), ...pages], names };
}

/** Of a type that is a parameter, what it may be. */
const constraintOf = (type: SomeType | undefined): SomeType | undefined =>
  type?.type === 'reference' && type.reflection?.kindOf(ReflectionKind.TypeParameter)
    ? (type.reflection as TypeParameterReflection).type
    : type;

/** The first page: every module with what it is. */
function overview(leaves: readonly Leaf[]): Content {
  const rows = leaves.map(
    ({ file, title, description, parts }) =>
      `<tr><th scope="row"><a href="${file}">${escapeHtml(title)}</a></th><td>${escapeHtml(description)}</td><td>${parts.reduce((sum, { names }) => sum + names.length, 0)}</td></tr>`,
  );
  return {
    file: 'api/index.html',
    title: 'API reference',
    description: 'Every exported name of every package: signatures, options, errors, examples.',
    headings: [],
    html: `<h1>API reference</h1>
<p>Every name that a package exports. Begin with the <a href="api/core.html#group-losses">losses</a>, and with <code>compile</code> of your adapter; the search finds any name.</p>
<div class="scroll" tabindex="0" role="group" aria-label="table"><table><thead><tr><th scope="col">module</th><th scope="col">what it is</th><th scope="col">names</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`,
  };
}
