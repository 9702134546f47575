// SPDX-License-Identifier: Apache-2.0
import ts from "typescript";

/** One way an error of the toolkit is raised: its sentence with `{names}` for what it says of the case, and what to do. */
export interface ErrorSource {
  readonly code: string;
  readonly sentence: string;
  readonly fix: string;
}

/** What a name stands for in the expression being printed: an argument of the call that leads here, or a constant. */
type Bindings = ReadonlyMap<string, ts.Expression>;

/**
 * Finds every error that a TypeScript file raises: `new CloisterError(code, sentence, fix)`, also through a function of the same file
 * that takes the code, and readings `{what, code, fix}` whose errors name the first wrong field.
 */
export function errorSources(file: string, text: string): ErrorSource[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const constants = new Map<string, ts.Expression>();
  const found: ErrorSource[] = [];
  visit(source, (node) => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer && isText(node.initializer)) constants.set(node.name.text, node.initializer);
  });
  visit(source, (node) => {
    if (ts.isNewExpression(node) && node.expression.getText() === "CloisterError") found.push(...raised(source, node, constants));
    if (ts.isObjectLiteralExpression(node)) found.push(...reading(source, node, constants));
  });
  return found;
}

function raised(source: ts.SourceFile, node: ts.NewExpression, constants: Bindings): ErrorSource[] {
  const [code, sentence, fix] = node.arguments ?? [];
  if (code === undefined || sentence === undefined) return [];
  return through(source, code, node, constants).flatMap(([name, bindings]) => [{ code: name, sentence: say(sentence, bindings), fix: fix === undefined ? "" : say(fix, bindings) }]);
}

function reading(source: ts.SourceFile, node: ts.ObjectLiteralExpression, constants: Bindings): ErrorSource[] {
  const values = new Map<string, ts.Expression>();
  for (const property of node.properties) {
    if (ts.isPropertyAssignment(property)) values.set(property.name.getText(), property.initializer);
    if (ts.isShorthandPropertyAssignment(property)) values.set(property.name.text, constants.get(property.name.text) ?? property.name);
  }
  const [what, code, fix] = [values.get("what"), values.get("code"), values.get("fix")];
  if (!what || !code || !fix) return [];
  return through(source, code, node, constants).map(([name, bindings]) => ({ code: name, sentence: `${say(what, bindings)} is not what it must be: {the first wrong field, and what belongs there}.`, fix: say(fix, bindings) }));
}

/** The codes an expression can be, each with what the names around it then stand for. */
function through(source: ts.SourceFile, code: ts.Expression, at: ts.Node, constants: Bindings): [string, Bindings][] {
  if (ts.isStringLiteralLike(code)) return [[code.text, constants]];
  if (ts.isConditionalExpression(code)) return [...through(source, code.whenTrue, at, constants), ...through(source, code.whenFalse, at, constants)];
  if (!ts.isIdentifier(code)) return [];
  const maker = enclosingFunction(at);
  const place = maker?.parameters.findIndex((parameter) => parameter.name.getText() === code.text) ?? -1;
  const name = maker?.name?.getText();
  if (maker === undefined || place < 0 || name === undefined) return [];
  const calls: [string, Bindings][] = [];
  visit(source, (node) => {
    if (!ts.isCallExpression(node) || node.expression.getText() !== name) return;
    const given = node.arguments[place];
    if (given === undefined || !ts.isStringLiteralLike(given)) return;
    const bindings = new Map(constants);
    maker.parameters.forEach((parameter, index) => {
      const argument = node.arguments[index];
      if (argument !== undefined) bindings.set(parameter.name.getText(), argument);
    });
    calls.push([given.text, bindings]);
  });
  return calls;
}

function enclosingFunction(node: ts.Node): ts.FunctionDeclaration | undefined {
  for (let current: ts.Node | undefined = node.parent; current; current = current.parent) {
    if (ts.isFunctionDeclaration(current)) return current;
  }
  return undefined;
}

/** The text of an expression, with `{name}` for what is only known when it runs. */
function say(node: ts.Expression, bindings: Bindings, depth = 0): string {
  if (depth > 8) return "{…}";
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map((span) => say(span.expression, bindings, depth + 1) + span.literal.text).join("");
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return say(node.expression, bindings, depth);
  if (ts.isConditionalExpression(node)) {
    const [yes, no] = [say(node.whenTrue, bindings, depth + 1), say(node.whenFalse, bindings, depth + 1)];
    return yes === "" || no === "" ? yes + no : `${yes} | ${no}`;
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) return say(node.left, bindings, depth + 1) + say(node.right, bindings, depth + 1);
  if (ts.isIdentifier(node)) {
    const bound = bindings.get(node.text);
    return bound === undefined || bound === node ? `{${node.text}}` : say(bound, without(bindings, node.text), depth + 1);
  }
  if (ts.isPropertyAccessExpression(node)) return `{${node.name.text}}`;
  if (ts.isBinaryExpression(node)) return say(node.left, bindings, depth + 1);
  if (ts.isCallExpression(node) && node.arguments[0] !== undefined && !ts.isArrowFunction(node.arguments[0]) && !ts.isPropertyAccessExpression(node.expression)) return say(node.arguments[0], bindings, depth + 1);
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression, name } = node.expression;
    const subject = ["stringify", "String"].includes(name.text) ? node.arguments[0] : expression;
    if (subject !== undefined && !ts.isArrayLiteralExpression(subject)) return say(subject, bindings, depth + 1);
  }
  return "{…}";
}

function without(bindings: Bindings, name: string): Bindings {
  const rest = new Map(bindings);
  rest.delete(name);
  return rest;
}

function isText(node: ts.Expression): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}
