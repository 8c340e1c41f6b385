/** Types as HTML: as TypeScript writes them, every name that is documented a link. */
import type {
  DeclarationReflection,
  ParameterReflection,
  ReferenceType,
  Reflection,
  SignatureReflection,
  SomeType,
  TypeParameterReflection,
} from 'typedoc';
import { escapeHtml } from '../html.ts';

/** The address of what is documented, from the root of the site; undefined for what is not. */
export type Address = (reflection: Reflection) => string | undefined;

/** A function that writes types with links to where `address` leads. */
export function typeWriter(address: Address) {
  const list = (types: readonly SomeType[] | undefined, between: string) => (types ?? []).map(write).join(between);
  /** In brackets where an array, a union or a query would take it apart. */
  const whole = (type: SomeType): string =>
    ['union', 'intersection', 'conditional', 'typeOperator', 'query'].includes(type.type) || isFunction(type)
      ? `(${write(type)})`
      : write(type);

  const name = (text: string, target: Reflection | undefined) => {
    const url = target === undefined ? undefined : address(target);
    return url === undefined ? escapeHtml(text) : `<a href="${url}">${escapeHtml(text)}</a>`;
  };
  const reference = (type: ReferenceType) => {
    const args = (type.typeArguments ?? []).length === 0 ? '' : `&lt;${list(type.typeArguments, ', ')}&gt;`;
    return name(type.name, type.reflection) + args;
  };

  function write(type: SomeType | undefined): string {
    if (type === undefined) return 'unknown';
    switch (type.type) {
      case 'array':
        return `${whole(type.elementType)}[]`;
      case 'conditional':
        return `${write(type.checkType)} extends ${write(type.extendsType)} ? ${write(type.trueType)} : ${write(type.falseType)}`;
      case 'indexedAccess':
        return `${whole(type.objectType)}[${write(type.indexType)}]`;
      case 'inferred':
        return `infer ${escapeHtml(type.name)}`;
      case 'intersection':
        return type.types.map((one) => (one.type === 'union' ? whole(one) : write(one))).join(' &amp; ');
      case 'mapped': {
        const optional = type.optionalModifier === undefined ? '' : type.optionalModifier === '+' ? '?' : '-?';
        const readonly = type.readonlyModifier === undefined ? '' : 'readonly ';
        return `{ ${readonly}[${escapeHtml(type.parameter)} in ${write(type.parameterType)}]${optional}: ${write(type.templateType)} }`;
      }
      case 'optional':
        return `${write(type.elementType)}?`;
      case 'predicate':
        return `${type.asserts ? 'asserts ' : ''}${escapeHtml(type.name)}${type.targetType ? ` is ${write(type.targetType)}` : ''}`;
      case 'query':
        return `typeof ${write(type.queryType)}`;
      case 'reference':
        return reference(type);
      case 'reflection':
        return literal(type.declaration);
      case 'rest':
        return `...${write(type.elementType)}`;
      case 'tuple':
        return `[${list(type.elements, ', ')}]`;
      case 'namedTupleMember':
        return `${escapeHtml(type.name)}${type.isOptional ? '?' : ''}: ${write(type.element)}`;
      case 'typeOperator':
        return `${type.operator} ${whole(type.target)}`;
      case 'union':
        return type.types.map((one) => (isFunction(one) ? whole(one) : write(one))).join(' | ');
      default:
        // Intrinsic types, literals, templates.
        return escapeHtml(type.toString()).replaceAll('&#34;', '&#39;');
    }
  }

  /** A type written in place: a function, or an object with its fields. */
  function literal(declaration: DeclarationReflection): string {
    const fields = (declaration.children ?? []).map((child) => {
      const readonly = child.flags.isReadonly ? 'readonly ' : '';
      const optional = child.flags.isOptional ? '?' : '';
      const call = child.signatures?.[0];
      return call === undefined
        ? `${readonly}${escapeHtml(child.name)}${optional}: ${write(child.type)}`
        : `${escapeHtml(child.name)}${optional}${signature(call)}`;
    });
    for (const index of declaration.indexSignatures ?? []) {
      fields.push(
        `[${escapeHtml(index.parameters?.[0]?.name ?? 'key')}: ${write(index.parameters?.[0]?.type)}]: ${write(index.type)}`,
      );
    }
    const calls = (declaration.signatures ?? []).map((call) => signature(call, ' =&gt; '));
    if (fields.length === 0 && calls.length === 1) return calls[0];
    return `{ ${[...calls, ...fields].join('; ')} }`;
  }

  /** A parameter a line where they do not fit behind `before`. */
  const typeParameters = (all: readonly TypeParameterReflection[] | undefined, before = '', indent = '') => {
    const each = (all ?? []).map(
      (one) =>
        `${escapeHtml(one.name)}${one.type ? ` extends ${write(one.type)}` : ''}${one.default ? ` = ${write(one.default)}` : ''}`,
    );
    const line = each.length === 0 ? '' : `&lt;${each.join(', ')}&gt;`;
    if (each.length === 0 || before === '' || fits(before, `${line}(`)) return line;
    return `&lt;\n${each.map((one) => `${indent}  ${one},\n`).join('')}${indent}&gt;`;
  };

  const parameter = (one: ParameterReflection, type = write(one.type)) =>
    `${one.flags.isRest ? '...' : ''}${nameOfParameter(one)}${one.flags.isOptional || one.defaultValue !== undefined ? '?' : ''}: ${type}`;

  /** `<T>(a: A, b?: B): R`. */
  const signature = (call: SignatureReflection, between = ': ') =>
    `${typeParameters(call.typeParameters)}(${(call.parameters ?? []).map((one) => parameter(one)).join(', ')})${between}${write(call.type)}`;

  /** The same for a block of code: an argument a line where it is long. */
  function block(call: SignatureReflection, before = '', indent = '', between = ': '): string {
    const line = signature(call, between);
    if (fits(before, line) || (call.parameters ?? []).length === 0) return line;
    const deeper = `${indent}  `;
    const parameters = (call.parameters ?? []).map((one) => {
      const head = `${deeper}${parameter(one, '')}`;
      return `${head}${lay(one.type, head, deeper)},\n`;
    });
    const end = `${indent})${between}`;
    return `${typeParameters(call.typeParameters, before, indent)}(\n${parameters.join('')}${end}${lay(call.type, end, indent)}`;
  }

  /**
   * A type in a block of code, on as many lines as it needs: an alternative, a field, an argument each.
   *
   * @param before What stands before it in its line.
   * @param indent Of the line.
   */
  function lay(type: SomeType | undefined, before: string, indent = ''): string {
    const line = write(type);
    if (type === undefined || fits(before, line)) return line;
    const deeper = `${indent}  `;
    const each = (types: readonly SomeType[], sign: string) =>
      types
        .map((one) => {
          const text = lay(one, `${deeper}& `, deeper);
          return `\n${deeper}${sign} ${isFunction(one) || (one.type === 'union' && sign !== '|') ? `(${text})` : text}`;
        })
        .join('');
    if (type.type === 'union') return each(type.types, '|');
    if (type.type === 'intersection') return each(type.types, '&amp;');
    if (type.type === 'conditional') {
      const [test, yes, no] = [`${write(type.checkType)} extends ${write(type.extendsType)}`, '  ? ', '  : '];
      return `${test}\n${indent}${yes}${lay(type.trueType, indent + yes, deeper)}\n${indent}${no}${lay(type.falseType, indent + no, deeper)}`;
    }
    if (type.type === 'array') {
      return isFunction(type.elementType) || type.elementType.type === 'union'
        ? `(${lay(type.elementType, before, indent)}\n${indent})[]`
        : `${lay(type.elementType, before, indent)}[]`;
    }
    if (type.type === 'typeOperator')
      return `${type.operator} ${lay(type.target, `${before}${type.operator} `, indent)}`;
    if (type.type === 'reference' && type.typeArguments?.length === 1) {
      const head = `${name(type.name, type.reflection)}&lt;`;
      return `${head}${lay(type.typeArguments[0], before + head, indent)}&gt;`;
    }
    if (type.type !== 'reflection') return line;
    const [call] = type.declaration.signatures ?? [];
    if (call !== undefined) return isFunction(type) ? block(call, before, indent, ' =&gt; ') : line;
    const fields = (type.declaration.children ?? []).map((child) => {
      const method = child.signatures?.[0];
      const head = `${deeper}${child.flags.isReadonly ? 'readonly ' : ''}${escapeHtml(child.name)}${child.flags.isOptional ? '?' : ''}`;
      return method === undefined
        ? `${head}: ${lay(child.type, `${head}: `, deeper)};\n`
        : `${head}${block(method, head, deeper)};\n`;
    });
    return fields.length === 0 ? line : `{\n${fields.join('')}${indent}}`;
  }

  return { write, lay, signature, block, typeParameters };
}

export type TypeWriter = ReturnType<typeof typeWriter>;

/** TypeDoc has a name of its own for an argument that is taken apart where it arrives. */
export const nameOfParameter = ({ name }: ParameterReflection): string =>
  name === '__namedParameters' ? 'options' : escapeHtml(name);

const isFunction = (type: SomeType) =>
  type.type === 'reflection' && (type.declaration.signatures ?? []).length > 0 && !type.declaration.children;

/** Whether both fit in a line of a page of 1280 pixels. */
const fits = (before: string, html: string) => visible(before) + visible(html) <= 84;

/** The length of HTML as a reader sees it. */
const visible = (html: string) => html.replace(/<[^>]*>/g, '').replace(/&#?\w+;/g, '.').length;
