/** TypeScript → the JavaScript a reader would have written: types are taken out, every other sign stays where it is. */
import ts from 'typescript';

/** The same program without types; the very text where it has none. */
export function javascript(code: string): string {
  const file = ts.createSourceFile('snippet.ts', code, ts.ScriptTarget.ESNext, true);
  const cuts: [from: number, to: number][] = [];
  const cut = (from: number, to: number) => cuts.push([from, to]);

  const visit = (node: ts.Node): void => {
    if (isOnlyType(node)) {
      // With the comment above it, and its line.
      cut(node.getFullStart(), node.end);
      return;
    }
    if (ts.isImportSpecifier(node) && node.isTypeOnly) {
      const comma = /^\s*,/.exec(code.slice(node.end))?.[0].length ?? 0;
      cut(node.getFullStart(), node.end + comma);
      return;
    }
    if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isNonNullExpression(node)) {
      cut(node.expression.end, node.end);
      visit(node.expression);
      return;
    }
    const typed = node as {
      type?: ts.TypeNode;
      typeParameters?: ts.NodeArray<ts.Node>;
      typeArguments?: ts.NodeArray<ts.Node>;
    };
    if (
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isPropertyDeclaration(node) ||
      ts.isFunctionLike(node)
    ) {
      // `type` begins behind its colon.
      if (typed.type !== undefined) cut(typed.type.pos - 1, typed.type.end);
      if (ts.isParameter(node) && node.questionToken) cut(node.questionToken.pos, node.questionToken.end);
    }
    for (const list of [typed.typeParameters, typed.typeArguments])
      if (list !== undefined) cut(list.pos - 1, list.end + 1);
    ts.forEachChild(node, (child) => {
      if (!ts.isTypeNode(child) || ts.isExpressionWithTypeArguments(child)) visit(child);
    });
  };
  visit(file);
  if (cuts.length === 0) return code;

  let text = '';
  let at = 0;
  for (const [from, to] of cuts.sort(([a], [b]) => a - b)) {
    text += code.slice(at, Math.max(from, at));
    at = Math.max(to, at);
  }
  return tidied(text + code.slice(at));
}

/** Statements that leave nothing at run time. */
const isOnlyType = (node: ts.Node): boolean =>
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  (ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) ||
  (ts.canHaveModifiers(node) && (node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false));

/** What a cast leaves behind: brackets around a name, and blank lines. */
const tidied = (text: string) =>
  text
    .replace(/(?<![\w)\]])\((\w+)\)(?=[.[])/g, '$1')
    .replace(/\{ +(?=\w)/g, '{ ')
    .replace(/\n{3,}/g, '\n\n')
    .trimStart();
