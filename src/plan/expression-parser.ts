import type { Expression } from "./expression.ts";
import { expressionOfReferences, referenceExpression } from "./expression.ts";
import { isObject } from "./plan-json.ts";
import { parseReference, type ReferenceStep } from "./reference-syntax.ts";
import { referencesInExpression } from "./terraform-files.ts";

/** Syntax that Berth does not parse, such as a heredoc. */
class UnsupportedSyntax extends Error {}

/** The binary operators by precedence, the weakest first. Source: Terraform, "Arithmetic and Logical Operators". */
const BINARY_OPERATORS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/", "%"],
];

/**
 * Parses a value of a .tf file in Terraform's JSON syntax: strings are templates. If Berth does not parse the syntax, the result
 * contains only the references.
 */
export function parseExpression(json: unknown): Expression {
  if (typeof json === "string") return parseTemplateText(json);
  if (Array.isArray(json)) return { kind: "list", elements: json.map(parseExpression) };
  if (isObject(json))
    return {
      kind: "object",
      entries: Object.entries(json).map(
        ([key, value]) => [parseTemplateText(key), parseExpression(value)] as const,
      ),
    };
  return { kind: "constant", value: json };
}

/** Parses the text of a template file. Source: Terraform Language Documentation, "Strings and Templates". */
export function parseTemplateText(text: string): Expression {
  if (!/[$%]\{/.test(text)) return { kind: "constant", value: text };
  try {
    return new Parser(text).parseTemplate(undefined);
  } catch (error) {
    if (!(error instanceof UnsupportedSyntax)) throw error;
    return expressionOfReferences(referencesInExpression(text));
  }
}

/** The path of a template file as the configuration writes it, such as `${path.module}/policy.json`; undefined for any other expression. */
export function templatePath(path: Expression): string | undefined {
  if (path.kind === "constant") return typeof path.value === "string" ? path.value : undefined;
  if (path.kind === "reference")
    return path.text.startsWith("path.") ? `\${${path.text}}` : undefined;
  if (path.kind !== "template") return undefined;
  const parts = path.parts.map(templatePath);
  return parts.every((part) => part !== undefined) ? parts.join("") : undefined;
}

/** Paths of the files that the calls of templatefile in a value of a .tf file read, see {@link templatePath}. */
export function templatePathsIn(json: unknown): readonly string[] {
  if (typeof json === "string" && !json.includes("templatefile")) return [];
  if (typeof json === "string") return pathsOfTemplates(parseTemplateText(json));
  if (typeof json !== "object" || json === null) return [];
  return Object.values(json).flatMap(templatePathsIn);
}

function pathsOfTemplates(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const call = value as Partial<Expression>;
  const [path] = call.kind === "call" && call.name === "templatefile" ? (call.args ?? []) : [];
  const own = path && templatePath(path);
  return [
    ...(own === undefined ? [] : [own]),
    ...Object.values(value).flatMap((part: unknown) => pathsOfTemplates(part)),
  ];
}

/** A recursive descent parser of one template. */
class Parser {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @param end the quote that ends the template; undefined: the end of the text */
  parseTemplate(end: '"' | undefined): Expression {
    const template = this.#parseTemplateParts(end);
    if (end !== undefined) this.#expect(end);
    if (end === undefined && this.#position < this.#text.length)
      throw new UnsupportedSyntax("a template directive");
    return template;
  }

  /** Parses up to the end of the template, or to a directive that continues or ends another one, such as `%{ endif }`. */
  #parseTemplateParts(end: '"' | undefined): Expression {
    const parts: Expression[] = [];
    let literal = "";
    const endLiteral = (): void => {
      if (literal !== "") parts.push({ kind: "constant", value: literal });
      literal = "";
    };
    for (;;) {
      const rest = this.#text.slice(this.#position, this.#position + 3);
      if (rest === "" || (end !== undefined && rest.startsWith(end))) break;
      if (rest === "$${" || rest === "%%{") {
        literal += rest.slice(1);
        this.#position += 3;
      } else if (rest.startsWith("${") || rest.startsWith("%{")) {
        // A tilde removes the white space beside it.
        if (rest.endsWith("~")) literal = literal.trimEnd();
        endLiteral();
        if (rest.startsWith("%{") && this.#isAt(/%\{~?\s*(?:else|endif|endfor)\b/y)) break;
        parts.push(rest.startsWith("%{") ? this.#parseDirective(end) : this.#parseInterpolation());
      } else if (end !== undefined && rest.startsWith("\\")) {
        literal += this.#parseEscape();
      } else {
        literal += rest.charAt(0);
        this.#position++;
      }
    }
    endLiteral();
    const [part, ...others] = parts;
    if (part === undefined) return { kind: "constant", value: "" };
    return others.length === 0 ? part : { kind: "template", parts };
  }

  #parseInterpolation(): Expression {
    this.#match(/\$\{~?/y);
    const expression = this.#parse();
    this.#endSequence();
    return expression;
  }

  /** `%{ if … }` and `%{ for … }`. The repeated text of `for` is joined. */
  #parseDirective(end: '"' | undefined): Expression {
    const [, keyword] = this.#match(/%\{~?\s*(if|for)\s/y) ?? [];
    if (keyword === "if") {
      const condition = this.#parse();
      this.#endSequence();
      const whenTrue = this.#parseTemplateParts(end);
      const hasElse = this.#match(/%\{~?\s*else\b/y) !== undefined;
      if (hasElse) this.#endSequence();
      const whenFalse: Expression = hasElse
        ? this.#parseTemplateParts(end)
        : { kind: "constant", value: "" };
      this.#endDirective("endif");
      return { kind: "conditional", condition, whenTrue, whenFalse };
    }
    if (keyword !== "for") throw new UnsupportedSyntax("a template directive");
    const first = this.#parseName();
    const second = this.#accept(",") ? this.#parseName() : undefined;
    if (this.#parseName() !== "in") throw new UnsupportedSyntax("a for directive");
    const collection = this.#parse();
    this.#endSequence();
    const result = this.#parseTemplateParts(end);
    this.#endDirective("endfor");
    const texts: Expression = {
      kind: "for",
      keyName: second === undefined ? undefined : first,
      valueName: second ?? first,
      collection,
      keyResult: undefined,
      result,
      condition: undefined,
      isGrouped: false,
    };
    return { kind: "call", name: "join", args: [{ kind: "constant", value: "" }, texts] };
  }

  #endDirective(keyword: "endif" | "endfor"): void {
    const match = this.#match(/%\{~?\s*(endif|endfor)\b/y);
    if (match?.[1] !== keyword) throw new UnsupportedSyntax(`a missing ${keyword}`);
    this.#endSequence();
  }

  /** The brace that ends a sequence, and the white space that it removes. */
  #endSequence(): void {
    if (this.#matchToken(/~\}/y)) this.#match(/\s+/y);
    else this.#expect("}");
  }

  #parseEscape(): string {
    const [match, code] = this.#match(/\\(n|r|t|"|\\|u[\da-fA-F]{4}|U[\da-fA-F]{8})/y) ?? [];
    if (match === undefined || code === undefined) throw new UnsupportedSyntax("an escape");
    const characters: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
    return code.length > 1
      ? String.fromCodePoint(Number.parseInt(code.slice(1), 16))
      : (characters[code] ?? code);
  }

  #parse(): Expression {
    const condition = this.#parseBinary(0);
    if (!this.#accept("?")) return condition;
    const whenTrue = this.#parse();
    this.#expect(":");
    return { kind: "conditional", condition, whenTrue, whenFalse: this.#parse() };
  }

  #parseBinary(level: number): Expression {
    const operators = BINARY_OPERATORS[level];
    if (!operators) return this.#parseUnary();
    let left = this.#parseBinary(level + 1);
    for (;;) {
      const operator = operators.find((candidate) => this.#accept(candidate));
      if (operator === undefined) return left;
      left = { kind: "operation", operator, operands: [left, this.#parseBinary(level + 1)] };
    }
  }

  #parseUnary(): Expression {
    for (const operator of ["!", "-"])
      if (this.#accept(operator))
        return { kind: "operation", operator, operands: [this.#parseUnary()] };
    return this.#parsePostfix(this.#parsePrimary());
  }

  #parsePrimary(): Expression {
    if (this.#accept('"')) return this.parseTemplate('"');
    if (this.#accept("(")) {
      const inner = this.#parse();
      this.#expect(")");
      return inner;
    }
    if (this.#accept("[")) return this.#parseList();
    if (this.#accept("{")) return this.#parseObject();
    const number = this.#matchToken(/\d+(\.\d+)?([eE][+-]?\d+)?/y)?.[0];
    if (number !== undefined) return { kind: "constant", value: Number(number) };
    const name = this.#parseName();
    if (this.#match(/\(/y)) return { kind: "call", name, ...this.#parseArguments() };
    if (name === "true" || name === "false") return { kind: "constant", value: name === "true" };
    return name === "null" ? { kind: "constant", value: null } : referenceExpression(name);
  }

  #parseName(): string {
    const name = this.#matchToken(/[\p{L}_][\p{L}\p{N}_-]*(::[\p{L}\p{N}_-]+)*/uy)?.[0];
    if (name === undefined) throw new UnsupportedSyntax("an expression");
    return name;
  }

  #parseArguments(): { readonly args: readonly Expression[]; readonly expandsLast: boolean } {
    const args: Expression[] = [];
    let expandsLast = false;
    while (!this.#accept(")")) {
      args.push(this.#parse());
      expandsLast = this.#accept("...");
      if (!this.#accept(",")) {
        this.#expect(")");
        break;
      }
    }
    return { args, expandsLast };
  }

  #parsePostfix(start: Expression): Expression {
    let expression = start;
    for (;;) {
      if (this.#match(/\.\*|\[\s*\*\s*\]/y))
        return this.#parsePostfix({ kind: "splat", of: expression, steps: this.#staticSteps() });
      const steps = this.#staticSteps();
      if (steps.length > 0) expression = withSteps(expression, steps);
      else if (this.#match(/\[/y)) {
        const key = this.#parse();
        this.#expect("]");
        expression = { kind: "index", of: expression, key };
      } else return expression;
    }
  }

  /** Names and constant keys that follow each other. */
  #staticSteps(): readonly ReferenceStep[] {
    const text =
      this.#match(
        /(?:\.[\p{L}_][\p{L}\p{N}_-]*|\.\d+|\[\s*(?:"(?:[^"\\$%]|\\.)*"|\d+)\s*\])+/uy,
      )?.[0] ?? "";
    return parseReference(
      text.replaceAll(/\.(\d+)/g, "[$1]").replaceAll(/\[\s*|\s*\]/g, (s) => s.trim()),
    );
  }

  #parseList(): Expression {
    if (this.#matchToken(/for\s/y)) return this.#parseFor("]");
    const elements: Expression[] = [];
    while (!this.#accept("]")) {
      elements.push(this.#parse());
      if (!this.#accept(",")) {
        this.#expect("]");
        break;
      }
    }
    return { kind: "list", elements };
  }

  #parseObject(): Expression {
    if (this.#matchToken(/for\s/y)) return this.#parseFor("}");
    const entries: (readonly [Expression, Expression])[] = [];
    while (!this.#accept("}")) {
      const name = this.#matchToken(/[\p{L}_][\p{L}\p{N}_-]*(?=\s*[=:])/uy)?.[0];
      const key: Expression =
        name === undefined ? this.#parsePrimary() : { kind: "constant", value: name };
      if (!this.#accept("=")) this.#expect(":");
      entries.push([key, this.#parse()]);
      this.#accept(",");
    }
    return { kind: "object", entries };
  }

  #parseFor(end: "]" | "}"): Expression {
    const first = this.#parseName();
    const second = this.#accept(",") ? this.#parseName() : undefined;
    if (this.#parseName() !== "in") throw new UnsupportedSyntax("a for expression");
    const collection = this.#parse();
    this.#expect(":");
    const start = this.#parse();
    const isObjectResult = this.#accept("=>");
    const result = isObjectResult ? this.#parse() : start;
    const isGrouped = this.#accept("...");
    const condition = this.#matchToken(/if\s/y) ? this.#parse() : undefined;
    this.#expect(end);
    return {
      kind: "for",
      keyName: second === undefined ? undefined : first,
      valueName: second ?? first,
      collection,
      keyResult: isObjectResult ? start : undefined,
      result,
      condition,
      isGrouped,
    };
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text);
    if (match) this.#position = pattern.lastIndex;
    return match ?? undefined;
  }

  /** True if the pattern matches here. */
  #isAt(pattern: RegExp): boolean {
    pattern.lastIndex = this.#position;
    return pattern.test(this.#text);
  }

  /** Matches after white space and comments. */
  #matchToken(pattern: RegExp): RegExpExecArray | undefined {
    this.#match(/(?:\s+|#[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/)*/y);
    return this.#match(pattern);
  }

  #accept(token: string): boolean {
    this.#matchToken(/(?:)/y);
    // `=` is not the start of `==` or `=>`, and `!` is not the start of `!=`.
    const isOther =
      (token === "=" || token === "!") &&
      /^(==|=>|!=)/.test(this.#text.slice(this.#position, this.#position + 2));
    if (isOther || !this.#text.startsWith(token, this.#position)) return false;
    this.#position += token.length;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw new UnsupportedSyntax(`a missing ${token}`);
  }
}

function withSteps(expression: Expression, steps: readonly ReferenceStep[]): Expression {
  if (expression.kind === "reference") {
    const extended = [...expression.steps, ...steps];
    return { kind: "reference", steps: extended, text: formatSteps(extended) };
  }
  return steps.reduce<Expression>(
    (of, step) =>
      typeof step === "string"
        ? { kind: "step", of, name: step }
        : { kind: "index", of, key: { kind: "constant", value: step.key } },
    expression,
  );
}

const formatSteps = (steps: readonly ReferenceStep[]): string =>
  steps
    .map((step, index) =>
      typeof step === "string"
        ? `${index === 0 ? "" : "."}${step}`
        : `[${JSON.stringify(step.key)}]`,
    )
    .join("");
