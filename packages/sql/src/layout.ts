/** Steps as one text, as a person would write it. */
import type { Step } from './ops.ts';

/** Longer than so many characters, an expression is broken into lines. */
const WIDTH = 80;

/** How tightly an expression holds together: 0 conditions, 1 sums, 2 products, 3 all others. */
function tightness(text: string): number {
  let flat = text.replace(/'[^']*'/g, '0');
  for (let last = ''; last !== flat; ) {
    last = flat;
    flat = flat.replace(/\([^()]*\)/g, '').replace(/\bCASE\b(?:(?!\bCASE\b|\bEND\b).)*\bEND\b/gs, '0');
  }
  if (/\b(AND|OR|IS|BETWEEN)\b|[<=>]/.test(flat)) return 0;
  return / [+-] |^-/.test(flat) ? 1 : / [*/] /.test(flat) ? 2 : 3;
}

/** How tight an operand has to be behind an operator, where float64 rounds left to right, and before one. */
const BEHIND: Readonly<Record<string, number>> = { '+': 2, '- ': 2, '-': 3, '*': 3, '/': 3 };
const BEFORE: Readonly<Record<string, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, ':': 3 };

/**
 * One expression of all steps, over the inputs by their names: brackets only where they are needed. Undefined if it were longer than
 * `most` characters.
 */
export function inlined(steps: readonly Step[], result: string, most = Infinity): string | undefined {
  const known = new Map<string, { readonly text: string; readonly tight: number }>();
  const inline = (text: string) =>
    text.replace(/\b[A-Za-z_]\w*/g, (name, at: number) => {
      const own = known.get(name);
      if (own === undefined) return name;
      const behind = /([+*/]|- ?)\s*$/.exec(text.slice(0, at))?.[1] ?? '';
      const before = /^\s*([-+*/:])/.exec(text.slice(at + name.length))?.[1] ?? '';
      const needs = Math.max(BEHIND[behind] ?? 0, BEFORE[before] ?? 0, 0);
      return own.tight < needs || own.tight === 0 ? `(${own.text})` : own.text;
    });
  for (const [name, expression] of steps) {
    const text = inline(expression);
    if (text.length > most) return undefined;
    known.set(name, { text, tight: tightness(text) });
  }
  return inline(result);
}

/** The parts of a text before which `separator` stands outside of all brackets and cases; none where more of them end than began. */
function parts(text: string, separator: RegExp): string[] {
  const found: string[] = [];
  let [depth, from] = [0, 0];
  for (const { 0: token, index } of text.matchAll(
    new RegExp(`'[^']*'|[()]|\\bCASE\\b|\\bEND\\b|${separator.source}`, 'g'),
  )) {
    if (/^(\)|END)$/.test(token) && --depth < 0) return [];
    if (depth === 0 && index > from && separator.test(token)) {
      found.push(text.slice(from, index).trim());
      from = index;
    }
    if (/^(\(|CASE)$/.test(token)) depth++;
  }
  return [...found, text.slice(from).trim()];
}

/** An expression in lines: the parts of what is long stand below one another. */
export function layout(text: string, indent = ''): string {
  if (text.length <= WIDTH) return text;
  const inside = `${indent}  `;
  for (const operator of [/ [+-] /, / [*/] /]) {
    const terms = parts(text, operator);
    if (terms.length > 1) return terms.map((term) => layoutTerm(term, indent)).join(`\n${indent}`);
  }
  const [, head, body] = /^(\w*\(|CASE )(.*)(?:\)| END)$/s.exec(text) ?? [];
  // What ends there may not be what began here.
  if (head === undefined || parts(body, /,/).length === 0) return text;
  if (head === 'CASE ') {
    const branches = parts(body, / (?:WHEN|ELSE) /).flatMap((branch) =>
      branch.length <= WIDTH ? [branch] : parts(branch, / THEN /),
    );
    return `CASE\n${branches.map((branch) => inside + layoutTerm(branch, inside)).join('\n')}\n${indent}END`;
  }
  const list = parts(body, /, /).map((argument) => inside + layout(argument.replace(/^, /, ''), inside));
  return `${head}\n${list.join(',\n')}\n${indent})`;
}

/** With what stands before it: an operator, or a word. */
function layoutTerm(term: string, indent: string): string {
  const [, head = '', rest = term] = /^([-+*/] |(?:WHEN|THEN|ELSE) )(.*)$/s.exec(term) ?? [];
  return head + layout(rest, indent + (head ? '  ' : ''));
}
