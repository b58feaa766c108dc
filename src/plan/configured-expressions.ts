import type { Configuration } from "./configuration.ts";
import { type Expression, expressionOfPlan, expressionOfReferences } from "./expression.ts";
import { parseExpression, parseTemplateText, templatePath } from "./expression-parser.ts";
import { withoutKeys } from "./module-address.ts";
import { isObject, type Json } from "./plan-json.ts";
import { expressionAt } from "./reference-syntax.ts";
import { type AttributePath, type Resource, stepInto } from "./resource.ts";
import type { SourceExpressions } from "./source-expressions.ts";
import { dynamicBlocksOf } from "./terraform-files.ts";

/**
 * The expressions of a configuration. The .tf files have them as they are written; the JSON of a plan has the references
 * of most of them. Module addresses may contain keys.
 */
export class ConfiguredExpressions {
  readonly #configuration: Configuration;
  readonly #sources: SourceExpressions | undefined;
  readonly #parsed = new Map<string, Expression>();

  constructor(configuration: Configuration, sources: SourceExpressions | undefined) {
    this.#configuration = configuration;
    this.#sources = sources;
  }

  /** Undefined without .tf files: the JSON of a plan contains no locals. */
  local(module: string, name: string): Expression | undefined {
    const key = `${withoutKeys(module)}|${name}`;
    const references = this.#sources?.locals[key];
    return (
      this.#parse(`local|${key}`, this.#sources?.bodies?.locals[key]) ??
      (references && expressionOfReferences(references))
    );
  }

  output(module: string, name: string): Expression | undefined {
    const key = `${withoutKeys(module)}|${name}`;
    const outputs = this.#configuration.module(module)?.["outputs"];
    const output = isObject(outputs) ? outputs[name] : undefined;
    return (
      this.#parse(`output|${key}`, this.#sources?.bodies?.outputs[key]) ??
      (isObject(output) ? expressionOfPlan(output["expression"]) : undefined)
    );
  }

  /** An argument of a module call. */
  argument(module: string, call: string, name: string): Expression | undefined {
    const expressions = this.#configuration.moduleCall(module, call)?.["expressions"];
    const planned = isObject(expressions) ? expressions[name] : undefined;
    return this.#ofCall(module, call, name, planned);
  }

  forEachOfCall(module: string, call: string): Expression | undefined {
    const block = this.#configuration.moduleCall(module, call);
    return this.#ofCall(module, call, "for_each", block?.["for_each_expression"]);
  }

  /** The template of a call of templatefile, by the expression of its path; undefined if the file has not been read. */
  templateFile(module: string, path: Expression): Expression | undefined {
    const name = templatePath(path);
    const key = `${withoutKeys(module)}|${name ?? ""}`;
    const text = this.#sources?.bodies?.templates?.[key];
    if (text === undefined) return undefined;
    let template = this.#parsed.get(`template|${key}`);
    if (!template) this.#parsed.set(`template|${key}`, (template = parseTemplateText(text)));
    return template;
  }

  /** The default of a variable; undefined if it has none. */
  variableDefault(module: string, name: string): unknown {
    const variables = this.#configuration.module(module)?.["variables"];
    const variable = isObject(variables) ? variables[name] : undefined;
    return isObject(variable) ? variable["default"] : undefined;
  }

  forEachOf({ configKey }: Resource): Expression | undefined {
    const source = this.#sources?.bodies?.resources[configKey]?.["for_each"];
    return source === undefined
      ? expressionOfPlan(this.#configuration.resourceBlock(configKey)?.["for_each_expression"])
      : this.#parse(`resource|${configKey}|for_each`, source);
  }

  /** The expression of an attribute, or the nearest expression that contains it. */
  attribute(resource: Resource, path: AttributePath): Expression | undefined {
    const { configKey } = resource;
    const block = this.#configuration.resourceBlock(configKey);
    if (hasDynamicBlock(resource.values, block?.["expressions"], path)) return undefined;
    const expression = expressionAt(block?.["expressions"], path);
    const body = this.#sources?.bodies?.resources[configKey];
    const name = String(path[0]);
    if (!expression) {
      // The plan contains no dynamic blocks.
      const references = this.#sources?.attributes[configKey]?.[name];
      return references && expressionOfReferences(references);
    }
    const source = body && sourceAt(body, block?.["expressions"], path);
    return source === undefined
      ? expressionOfPlan(expression)
      : this.#parse(`resource|${configKey}|${path.join(".")}`, source);
  }

  /** The for_each of each dynamic block of a name; undefined if the resource also has other blocks of the name, or none. */
  dynamicBlocks({ configKey }: Resource, name: string): readonly Expression[] | undefined {
    const body = this.#sources?.bodies?.resources[configKey];
    if (!body || name in body) return undefined;
    const blocks = dynamicBlocksOf(body).filter((block) => block.name === name);
    return blocks.length === 0
      ? undefined
      : blocks.map((block) => parseExpression(block.body["for_each"]));
  }

  #ofCall(module: string, call: string, name: string, planned: unknown): Expression | undefined {
    const key = `${withoutKeys(module)}|${call}`;
    if (planned === undefined) return undefined;
    return (
      this.#parse(`call|${key}|${name}`, this.#sources?.bodies?.calls[key]?.[name]) ??
      expressionOfPlan(planned)
    );
  }

  /** The expression of a value of the .tf files; undefined if they do not contain it. */
  #parse(key: string, source: unknown): Expression | undefined {
    if (source === undefined) return undefined;
    let expression = this.#parsed.get(key);
    if (!expression) this.#parsed.set(key, (expression = parseExpression(source)));
    return expression;
  }
}

/**
 * Whether a block of a path is one of several of which some are dynamic. The configuration in a plan contains only the others, so that
 * the index of a block in the values is not its index in the configuration.
 */
function hasDynamicBlock(values: unknown, expressions: unknown, path: AttributePath): boolean {
  for (const step of path) {
    if (Array.isArray(values) && Array.isArray(expressions) && values.length > expressions.length)
      return true;
    values = stepInto(values, step);
    expressions = stepInto(expressions, step);
  }
  return false;
}

/**
 * The source of an attribute. The steps that follow the attribute itself are ignored, as for the JSON of a plan, because the
 * elements of a set have another order there.
 *
 * @param expressions the same resource block in the JSON of a plan, which shows what is a block and what is an attribute
 */
function sourceAt(body: Json, expressions: unknown, path: AttributePath): unknown {
  let source: unknown = body;
  let planned: unknown = expressions;
  for (const step of path) {
    if (isObject(planned) && ("references" in planned || "constant_value" in planned)) break;
    if (typeof step === "string") {
      source = isObject(source) ? source[step] : undefined;
      planned = isObject(planned) ? planned[step] : undefined;
    } else {
      // A block is an object without an index in JSON syntax, and in a plan if the provider allows it only once.
      source = Array.isArray(source) ? source[step] : source;
      planned = Array.isArray(planned) ? planned[step] : planned;
    }
  }
  return source;
}
