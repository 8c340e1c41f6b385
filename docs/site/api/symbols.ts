/** One documented name: its signature, what it says, its arguments or fields. */
import { type DeclarationReflection, ReflectionKind, type SignatureReflection } from 'typedoc';
import { escapeHtml } from '../html.ts';
import type { CommentWriter } from './comments.ts';
import { nameOfParameter, type TypeWriter } from './types.ts';

/** A row of a table of arguments, fields or options. */
export interface Row {
  readonly name: string;
  /** HTML. */
  readonly type: string;
  /** HTML. */
  readonly says: string;
}

/** A table of such rows, or nothing. */
export const rowsTable = (title: string, rows: readonly Row[], middle = 'type'): string =>
  rows.length === 0
    ? ''
    : `<div class="scroll" tabindex="0" role="group" aria-label="table"><table class="members"><thead><tr><th scope="col">${title}</th><th scope="col">${middle}</th><th scope="col">what it is</th></tr></thead><tbody>${rows
        .map(
          ({ name, type, says }) =>
            `<tr><th scope="row"><code>${name}</code></th><td>${type}</td><td>${says}</td></tr>`,
        )
        .join('')}</tbody></table></div>`;

/** A block of code that is HTML already. */
export const codeBlock = (html: string): string =>
  `<div class="block"><pre class="code" tabindex="0"><code>${html}</code></pre></div>`;

const code = (html: string) => `<code>${html}</code>`;

/** Writes names with the given writers of types and comments. */
export function symbolWriter(types: TypeWriter, comments: CommentWriter) {
  /** Fields of an interface, a class or an object written in place. */
  const fields = (of: DeclarationReflection): Row[] =>
    (of.children ?? [])
      .filter(({ kind, flags }) => kind !== ReflectionKind.Constructor && !flags.isPrivate && !flags.isInherited)
      .map((child) => {
        const call = child.signatures?.[0] ?? child.getSignature;
        const optional = child.flags.isOptional ? '?' : '';
        return {
          name: escapeHtml(child.name) + optional,
          type: code(
            child.signatures === undefined
              ? types.write(child.type ?? child.getSignature?.type)
              : types.signature(child.signatures[0]),
          ),
          says: comments.all(child.comment ?? call?.comment),
        };
      });

  function parameters(call: SignatureReflection): Row[] {
    return (call.parameters ?? []).flatMap((one) => {
      const own: Row = {
        name: nameOfParameter(one),
        type: code(types.write(one.type)),
        says: comments.inline(one.comment?.summary),
      };
      // The fields of options written in place have rows of their own.
      const inPlace =
        one.type?.type === 'reflection' && one.type.declaration.children ? fields(one.type.declaration) : [];
      return inPlace.length === 0
        ? [own]
        : [own, ...inPlace.map((row) => ({ ...row, name: `${own.name}.${row.name}` }))];
    });
  }

  const called = (name: string, call: SignatureReflection) =>
    `${codeBlock(escapeHtml(name) + types.block(call, name))}${comments.all(call.comment)}${rowsTable(
      'argument',
      parameters(call).filter(({ says }) => says !== ''),
    )}`;

  /** What stands under the name. */
  return function symbol(one: DeclarationReflection): string {
    const { kind, name, type } = one;
    if (one.signatures !== undefined) return one.signatures.map((call) => called(name, call)).join('');
    if (kind === ReflectionKind.Class) {
      const made = one.children?.find((child) => child.kind === ReflectionKind.Constructor)?.signatures?.[0];
      return `${comments.all(one.comment)}${made === undefined ? '' : codeBlock(`new ${escapeHtml(name)}${types.block(made, `new ${name}`).replace(/: [^:]*$/, '')}`)}${rowsTable('member', fields(one))}`;
    }
    if (kind === ReflectionKind.Interface) {
      const from = one.extendedTypes?.map(types.write).join(', ');
      const parameters = types.typeParameters(one.typeParameters, `interface ${name}`);
      const head =
        from || parameters
          ? codeBlock(`interface ${escapeHtml(name)}${parameters}${from ? `\n  extends ${from}` : ''}`)
          : '';
      const index = (one.indexSignatures ?? []).map((signature) => ({
        name: `[${escapeHtml(signature.parameters?.[0]?.name ?? 'key')}]`,
        type: code(types.write(signature.type)),
        says: comments.all(signature.comment),
      }));
      return `${head}${comments.all(one.comment)}${rowsTable('field', [...fields(one), ...index])}`;
    }
    if (kind === ReflectionKind.TypeAlias) {
      const inPlace = type?.type === 'reflection' && type.declaration.children ? fields(type.declaration) : [];
      const head = `type ${escapeHtml(name)}${types.typeParameters(one.typeParameters, `type ${name}`)}`;
      return inPlace.length > 0
        ? `${codeBlock(head)}${comments.all(one.comment)}${rowsTable('field', inPlace)}`
        : `${codeBlock(`${head} = ${types.lay(type, `${head.split('\n').at(-1)} = `)}`)}${comments.all(one.comment)}`;
    }
    return `${codeBlock(`const ${escapeHtml(name)}: ${types.lay(type, `const ${name}: `)}`)}${comments.all(one.comment)}`;
  };
}
