import type { Configuration } from "./configuration.ts";
import type { ConfiguredExpressions } from "./configured-expressions.ts";
import type {
  CallExpression,
  Expression,
  ForExpression,
  ReferenceExpression,
} from "./expression.ts";
import { DEFERRED_READS_COMPANION } from "./companion-resources.ts";
import { REMOTE_STATE_CALL, rootOrderOf } from "./joined-plan.ts";
import { childModule, parseModuleAddress, withoutKeys } from "./module-address.ts";
import { isObject, type Json } from "./plan-json.ts";
import { publishedResources } from "./published-resources.ts";
import type { ReferenceStep } from "./reference-syntax.ts";
import type { AttributePath, Resource } from "./resource.ts";
import type { ResourceIndex } from "./resource-index.ts";
import {
  constantValue,
  elementsOf,
  knownValue,
  listValue,
  mapValue,
  mixedValue,
  type ModuleValue,
  NO_ELEMENT,
  NOT_A_RESOURCE,
  stepInto,
  type SymbolicValue,
  unresolvedValue,
} from "./symbolic-value.ts";
import { evaluateFunction, evaluateOperation } from "./terraform-functions.ts";
import { formatValue } from "./unknown.ts";

/** How many references are followed one after another: locals, variables, outputs and attributes. */
export const MAX_REFERENCE_DEPTH = 24;

/** A resource block whose count or for_each is empty. */
const NO_INSTANCES: SymbolicValue = {
  kind: "block",
  block: { instances: [], byKey: new Map() },
};

/** The place of an expression in the configuration. */
export interface Scope {
  /** Address of the module instance. */
  readonly module: string;
  /** The key of the resource or module instance, for each.key and count.index. */
  readonly key: string | number | undefined;
  /** The for_each of the block that contains the expression. */
  readonly forEach: Expression | undefined;
  /** Variables of for expressions. */
  readonly bindings?: ReadonlyMap<string, SymbolicValue>;
  /**
   * True if only the references of the expression are known, and one of them is each or count. A resource block in it then means
   * the instance with the same key.
   */
  readonly selectsOwnKey?: boolean;
}

/** What the evaluator reads. */
export interface EvaluatorInput {
  readonly configuration: Configuration;
  readonly expressions: ConfiguredExpressions;
  readonly resources: ResourceIndex;
  /** Values of the variables of the root module. */
  readonly variables: Json;
}

/**
 * Evaluates expressions as far as the plan determines them. An expression of a resource is evaluated once for each instance, and
 * a local, a variable or an output once for each module instance. A reference that leads back to itself, or through more than
 * {@link MAX_REFERENCE_DEPTH} references, is unresolved.
 */
export class ExpressionEvaluator {
  readonly #configuration: Configuration;
  readonly #expressions: ConfiguredExpressions;
  readonly #resources: ResourceIndex;
  readonly #variables: Json;
  readonly #values = new Map<string, SymbolicValue>();
  /** Values of the expressions of resources. The values in a list or a block often have the same expression. */
  readonly #attributes = new Map<Resource, Map<Expression, SymbolicValue>>();
  readonly #inProgress = new Set<string>();
  /** The number of references that are being followed. */
  #depth = 0;
  /** How often a cycle or the limit has ended an evaluation: a value that this has cut off is not reused. */
  #cutOffs = 0;

  constructor({ configuration, expressions, resources, variables }: EvaluatorInput) {
    this.#configuration = configuration;
    this.#expressions = expressions;
    this.#resources = resources;
    this.#variables = variables;
  }

  /** The value of an attribute's expression; undefined if the configuration contains none. */
  attribute(resource: Resource, path: AttributePath): SymbolicValue | undefined {
    const expression = this.#expressions.attribute(resource, path);
    if (!expression) return undefined;
    let values = this.#attributes.get(resource);
    if (!values) this.#attributes.set(resource, (values = new Map()));
    const known = values.get(expression);
    if (known) return known;
    const cutOffs = this.#cutOffs;
    const value = this.evaluate(expression, {
      module: resource.module,
      key: resource.key,
      forEach: this.#expressions.forEachOf(resource),
    });
    if (cutOffs === this.#cutOffs) values.set(expression, value);
    return value;
  }

  /** True if all blocks of a name are dynamic blocks, and the for_each of each is known to be empty. */
  hasNoBlocks(resource: Resource, name: string): boolean {
    const forEach = this.#expressions.dynamicBlocks(resource, name);
    const scope: Scope = {
      module: resource.module,
      key: resource.key,
      forEach: this.#expressions.forEachOf(resource),
    };
    return (
      forEach !== undefined &&
      forEach.every((expression) => elementsOf(this.evaluate(expression, scope))?.length === 0)
    );
  }

  evaluate(expression: Expression, scope: Scope): SymbolicValue {
    switch (expression.kind) {
      case "constant":
        return constantValue(expression.value);
      case "reference":
        return this.#evaluateReference(expression, scope);
      case "references":
        return this.#evaluateReferences(expression.references, scope);
      case "step":
        return this.#step(this.evaluate(expression.of, scope), expression.name);
      case "index":
        return this.#evaluateIndex(
          this.evaluate(expression.of, scope),
          this.evaluate(expression.key, scope),
        );
      case "splat":
        return this.#evaluateSplat(this.evaluate(expression.of, scope), expression.steps);
      case "list":
        return { kind: "list", elements: this.#evaluateAll(expression.elements, scope) };
      case "object":
        return this.#evaluateObject(expression.entries, scope);
      case "template":
        return { kind: "text", parts: this.#evaluateAll(expression.parts, scope) };
      case "for":
        return this.#evaluateFor(expression, scope);
      case "conditional": {
        const condition = knownValue(this.evaluate(expression.condition, scope));
        // Terraform converts a string to a boolean.
        if (String(condition) === "true") return this.evaluate(expression.whenTrue, scope);
        if (String(condition) === "false") return this.evaluate(expression.whenFalse, scope);
        return mixedValue(this.#evaluateAll([expression.whenTrue, expression.whenFalse], scope));
      }
      case "call":
        return this.#evaluateCall(expression, scope);
      case "operation":
        return evaluateOperation(
          expression.operator,
          this.#evaluateAll(expression.operands, scope),
        );
    }
  }

  #evaluateCall({ name, args, expandsLast }: CallExpression, scope: Scope): SymbolicValue {
    const values = this.#evaluateAll(args, scope);
    if (name === "templatefile") return this.#evaluateTemplateFile(args, values, scope);
    if (expandsLast !== true) return evaluateFunction(name, values);
    const last = values.at(-1);
    const elements = last && elementsOf(last);
    return elements
      ? evaluateFunction(name, [...values.slice(0, -1), ...elements.map(([, element]) => element)])
      : mixedValue(values);
  }

  /** The text of a template file with the values of its variables. */
  #evaluateTemplateFile(
    [path]: readonly Expression[],
    values: readonly SymbolicValue[],
    scope: Scope,
  ): SymbolicValue {
    const template = path && this.#expressions.templateFile(scope.module, path);
    const variables = values[1] && elementsOf(values[1]);
    if (!template || !variables) return mixedValue(values);
    return this.evaluate(template, {
      ...scope,
      bindings: new Map(variables.map(([name, value]) => [String(name), value] as const)),
    });
  }

  #evaluateAll(expressions: readonly Expression[], scope: Scope): SymbolicValue[] {
    return expressions.map((expression) => this.evaluate(expression, scope));
  }

  #evaluateReferences(references: readonly ReferenceExpression[], scope: Scope): SymbolicValue {
    const selectsOwnKey =
      scope.selectsOwnKey === true ||
      references.some(({ steps: [head] }) => head === "each" || head === "count");
    const inner = { ...scope, selectsOwnKey };
    return mixedValue(references.map((reference) => this.#evaluateReference(reference, inner)));
  }

  #evaluateReference({ text, steps }: ReferenceExpression, scope: Scope): SymbolicValue {
    const [head, second, ...rest] = steps;
    if (typeof head !== "string") return NOT_A_RESOURCE;
    const binding = scope.bindings?.get(head);
    if (binding) return this.#walk(binding, steps.slice(1));
    const name = typeof second === "string" ? second : "";
    switch (head) {
      case "path":
      case "terraform":
      case "self":
        return NOT_A_RESOURCE;
      case "count":
        return typeof scope.key === "number" ? constantValue(scope.key) : NOT_A_RESOURCE;
      case "each":
        return this.#evaluateEach(text, name, rest, scope);
      case "local":
        return this.#walk(this.#evaluateLocal(text, name, scope), rest);
      case "var":
        return this.#walk(this.#evaluateVariable(text, name, scope), rest);
      case "module": {
        const parent = scope.module;
        const instances = this.#resources.moduleInstances(childModule(parent, name));
        return this.#walk({ kind: "module", text, parent, call: name, instances }, rest);
      }
      default:
        return this.#evaluateResource(text, steps, scope);
    }
  }

  #evaluateEach(
    text: string,
    name: string,
    rest: readonly ReferenceStep[],
    scope: Scope,
  ): SymbolicValue {
    if (name === "key") return scope.key === undefined ? NOT_A_RESOURCE : constantValue(scope.key);
    const { forEach } = scope;
    if (name !== "value" || !forEach) return NOT_A_RESOURCE;
    const { bindings: _, ...outer } = scope;
    return this.#following(text, () => {
      const value = this.evaluate(forEach, { ...outer, selectsOwnKey: true });
      const element =
        value.kind === "mixed" || scope.key === undefined
          ? value
          : stepInto(value, { key: scope.key });
      return this.#walk(element, rest);
    });
  }

  #evaluateLocal(text: string, name: string, scope: Scope): SymbolicValue {
    const expression = this.#expressions.local(scope.module, name);
    if (!expression) return unresolvedValue(text);
    const { bindings: _, ...outer } = scope;
    const key = scope.selectsOwnKey === true ? formatValue(scope.key) : "";
    return this.#once(`${scope.module}|local.${name}|${key}`, text, () =>
      this.evaluate(expression, outer),
    );
  }

  /** A variable of a module: the argument of the module's call, or its default. */
  #evaluateVariable(text: string, name: string, { module }: Scope): SymbolicValue {
    if (module === "") {
      // The plan omits the value of a variable that is null.
      const hasNullDefault = this.#expressions.variableDefault(module, name) === null;
      return variableValue(constantValue(this.#variables[name]), hasNullDefault);
    }
    const { parent, call, key } = parseModuleAddress(module);
    const argument = this.#expressions.argument(parent, call, name);
    const fallback = this.#expressions.variableDefault(module, name);
    if (!argument) return variableValue(constantValue(fallback), fallback === null);
    return this.#once(`${module}|var.${name}`, text, () =>
      variableValue(
        this.evaluate(argument, {
          module: parent,
          key,
          forEach: this.#expressions.forEachOfCall(parent, call),
        }),
        fallback === null,
      ),
    );
  }

  #evaluateOutput(module: ModuleValue, output: string): SymbolicValue {
    const { text, parent, call, instances } = module;
    const path = childModule(parent, call);
    const expression = this.#expressions.output(path, output);
    if (!expression) return unresolvedValue(text);
    const values = (instances.length > 0 ? instances : [path]).map((instance) =>
      this.#once(`${instance}|output.${output}`, text, () =>
        this.evaluate(expression, { module: instance, key: undefined, forEach: undefined }),
      ),
    );
    return values.length === 1 && values[0] ? values[0] : mixedValue(values);
  }

  #evaluateResource(text: string, steps: readonly ReferenceStep[], scope: Scope): SymbolicValue {
    const isData = steps[0] === "data";
    const [type, name, ...rest] = isData ? steps.slice(1) : steps;
    const address = `${formatValue(type)}.${formatValue(name)}`;
    if (isData && type === "terraform_remote_state" && rest[0] === "outputs") {
      const key = `${withoutKeys(scope.module)}|data.${address}`;
      const call = this.#configuration.resourceBlock(key)?.[REMOTE_STATE_CALL];
      if (typeof call === "string")
        return this.#walk(
          { kind: "module", text, parent: "", call, instances: [childModule("", call)] },
          rest.slice(1),
        );
    }
    const block = this.#resources.block(scope.module, `${isData ? "data" : "managed"}.${address}`);
    if (!block) {
      const hasNoInstances =
        !isData &&
        this.#configuration.resourceBlock(`${withoutKeys(scope.module)}|${address}`) !== undefined;
      if (!hasNoInstances) return unresolvedValue(text);
      return typeof rest[0] === "object" ? NO_ELEMENT : NO_INSTANCES;
    }
    const ownKey = scope.selectsOwnKey === true ? scope.key : undefined;
    const own =
      ownKey === undefined || block.instances.length < 2 || typeof rest[0] === "object"
        ? undefined
        : block.byKey.get(ownKey);
    const value = this.#walk(
      own ? { kind: "resource", resource: own } : { kind: "block", block },
      rest,
    );
    return this.#publishedParameter(text, value) ?? this.#publishedResource(text, value) ?? value;
  }

  /**
   * Whether a resource exists when Terraform reads a data source: an earlier root module creates it, or Terraform itself
   * reads the data source during the apply because of its dependencies.
   */
  #existsBeforeRead(resource: Resource, dataSource: Resource): boolean {
    const [order, readerOrder] = [this.#rootOrder(resource), this.#rootOrder(dataSource)];
    if (order !== readerOrder) return (order ?? 0) < (readerOrder ?? 0);
    const dependencies = this.#dataBlock(dataSource)?.["depends_on"];
    return !(
      Array.isArray(dependencies) &&
      dependencies.includes(`terraform_data.${DEFERRED_READS_COMPANION}`)
    );
  }

  /** The position of the root module of a resource; undefined if the plan is not joined. */
  #rootOrder({ module }: Resource): number | undefined {
    return rootOrderOf(this.#configuration, module);
  }

  #dataBlock({ module, type, name }: Resource): Json | undefined {
    return this.#configuration.resourceBlock(`${withoutKeys(module)}|data.${type}.${name}`);
  }

  /** The value of a data source that reads resources of an earlier root module. */
  #publishedResource(text: string, value: SymbolicValue): SymbolicValue | undefined {
    if (value.kind !== "attribute" || value.resource.mode !== "data") return undefined;
    const { resource: dataSource, path } = value;
    const order = this.#rootOrder(dataSource);
    if (order === undefined || order === 0 || knownValue(value) !== undefined) return undefined;
    const expressions = this.#dataBlock(dataSource)?.["expressions"];
    return this.#once(`${dataSource.address}|published.${path.join(".")}`, text, () => {
      const published = publishedResources(dataSource, {
        argumentNames: Object.keys(isObject(expressions) ? expressions : {}),
        resources: this.#resources,
        isCandidate: (resource) => (this.#rootOrder(resource) ?? order) < order,
        evaluate: (resource, attributePath) => this.attribute(resource, attributePath),
      });
      if (!published) return value;
      if (published.isList) {
        const ids = published.resources.map((resource): SymbolicValue => ({
          kind: "attribute",
          resource,
          path: ["id"],
        }));
        if (path[0] !== "ids") return value;
        // AWS returns the IDs in any order.
        return path.length === 1 ? listValue(ids) : mixedValue(ids);
      }
      const [resource] = published.resources;
      if (!resource) return value;
      const written: SymbolicValue = { kind: "attribute", resource, path };
      return knownValue(written) === undefined
        ? (this.attribute(resource, path) ?? written)
        : written;
    });
  }

  /** The value of a parameter that a data source reads during the apply, and that the plan itself creates. */
  #publishedParameter(text: string, value: SymbolicValue): SymbolicValue | undefined {
    if (value.kind !== "attribute") return undefined;
    const { resource, path } = value;
    const isRead =
      resource.mode === "data" &&
      resource.type === "aws_ssm_parameter" &&
      (path[0] === "value" || path[0] === "insecure_value");
    const name = isRead ? resource.value("name") : undefined;
    if (typeof name !== "string" || knownValue(value) !== undefined) return undefined;
    const [parameter, ...others] = this.#resources
      .ofTypeWithName("aws_ssm_parameter", name)
      .filter(
        (candidate) => candidate.mode === "managed" && this.#existsBeforeRead(candidate, resource),
      );
    if (!parameter || others.length > 0) return undefined;
    return this.#once(`${parameter.address}|value`, text, () => {
      const written: SymbolicValue = { kind: "attribute", resource: parameter, path: ["value"] };
      return knownValue(written) === undefined
        ? (this.attribute(parameter, ["value"]) ?? written)
        : written;
    });
  }

  #evaluateIndex(value: SymbolicValue, keyValue: SymbolicValue): SymbolicValue {
    const key = knownValue(keyValue);
    if (typeof key === "string" || typeof key === "number") return this.#step(value, { key });
    // Any of the elements.
    const elements = elementsOf(value);
    return elements ? mixedValue(elements.map(([, element]) => element)) : value;
  }

  #evaluateSplat(value: SymbolicValue, steps: readonly ReferenceStep[]): SymbolicValue {
    if (value.kind === "module" && value.instances.length > 0)
      return listValue(
        value.instances.map((instance) => this.#walk({ ...value, instances: [instance] }, steps)),
      );
    if (value.kind === "block" && value.block.instances.every(({ key }) => key === undefined))
      return listValue(
        value.block.instances.map((resource) => this.#walk({ kind: "resource", resource }, steps)),
      );
    const elements = elementsOf(value);
    return elements
      ? listValue(elements.map(([, element]) => this.#walk(element, steps)))
      : this.#walk(value, steps);
  }

  #evaluateObject(
    entries: readonly (readonly [key: Expression, value: Expression])[],
    scope: Scope,
  ): SymbolicValue {
    const values = entries.map(
      ([key, value]) => [this.evaluate(key, scope), this.evaluate(value, scope)] as const,
    );
    return mapValue(values);
  }

  #evaluateFor(expression: ForExpression, scope: Scope): SymbolicValue {
    const { keyName, valueName, keyResult, result, condition, isGrouped } = expression;
    const collection = this.evaluate(expression.collection, scope);
    const elements = elementsOf(collection);
    const bind = (key: SymbolicValue, value: SymbolicValue): Scope => ({
      ...scope,
      bindings: new Map([
        ...(scope.bindings ?? []),
        ...(keyName === undefined ? [] : [[keyName, key] as const]),
        [valueName, value],
      ]),
    });
    // The results for any element, if the elements or the condition are not determined.
    const anyResult = (): SymbolicValue =>
      this.evaluate(result, bind(NOT_A_RESOURCE, mixedValue([collection])));
    if (!elements || isGrouped) return mixedValue([anyResult()]);
    const results: (readonly [SymbolicValue, SymbolicValue])[] = [];
    for (const [key, element] of elements) {
      const inner = bind(constantValue(key), element);
      const isIncluded = condition ? knownValue(this.evaluate(condition, inner)) : true;
      if (isIncluded === false) continue;
      if (isIncluded !== true) return mixedValue([anyResult()]);
      results.push([
        keyResult ? this.evaluate(keyResult, inner) : NOT_A_RESOURCE,
        this.evaluate(result, inner),
      ]);
    }
    return keyResult ? mapValue(results) : listValue(results.map(([, value]) => value));
  }

  /** Follows the steps of a reference. */
  #walk(value: SymbolicValue, steps: readonly ReferenceStep[]): SymbolicValue {
    return steps.reduce<SymbolicValue>((current, step) => this.#step(current, step), value);
  }

  #step(value: SymbolicValue, step: ReferenceStep): SymbolicValue {
    if (value.kind !== "module") return stepInto(value, step);
    if (typeof step === "string") return this.#evaluateOutput(value, step);
    const instances = value.instances.filter(
      (instance) => parseModuleAddress(instance).key === step.key,
    );
    return { ...value, instances };
  }

  /** Evaluates a local, a variable or an output once for each module instance. */
  #once(key: string, text: string, evaluate: () => SymbolicValue): SymbolicValue {
    const known = this.#values.get(key);
    if (known) return known;
    if (this.#inProgress.has(key)) return this.#cutOff(text);
    this.#inProgress.add(key);
    const cutOffs = this.#cutOffs;
    const value = this.#following(text, evaluate);
    this.#inProgress.delete(key);
    if (cutOffs === this.#cutOffs) this.#values.set(key, value);
    return value;
  }

  #following(text: string, evaluate: () => SymbolicValue): SymbolicValue {
    if (this.#depth >= MAX_REFERENCE_DEPTH) return this.#cutOff(text);
    this.#depth++;
    const value = evaluate();
    this.#depth--;
    return value;
  }

  #cutOff(text: string): SymbolicValue {
    this.#cutOffs++;
    return unresolvedValue(text);
  }
}

/** The value of a variable. One that is null may have its default, so null is determined only if the default is null too. */
const variableValue = (value: SymbolicValue, isNullByDefault: boolean): SymbolicValue =>
  value.kind === "constant" && (value.value === undefined || value.value === null)
    ? isNullByDefault
      ? constantValue(null)
      : NOT_A_RESOURCE
    : value;
