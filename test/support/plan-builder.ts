import { type Json, parsePlanJson } from "../../src/plan/plan-json.ts";
import { PlanModel } from "../../src/plan/plan-model.ts";
import type { Resource } from "../../src/plan/resource.ts";
import type { SourceExpressions } from "../../src/plan/source-expressions.ts";

// Builds the JSON of `terraform show -json` from resource blocks with their instances.

type Key = string | number;

export interface InstanceSpec {
  readonly key?: Key;
  readonly values?: Json;
  /** The shape of the unknown values, as in after_unknown. */
  readonly unknown?: Json;
  readonly actions?: readonly string[];
}

export interface BlockSpec extends InstanceSpec {
  /** `type.name`, or `data.type.name`. */
  readonly address: string;
  /** References of attributes; other values are expressions in Terraform's form, such as lists of nested blocks. */
  readonly expressions?: Readonly<Record<string, unknown>>;
  readonly forEach?: readonly string[];
  readonly dependsOn?: readonly string[];
  readonly provider?: string;
  /** @default one instance without a key, with the values of the block */
  readonly instances?: readonly InstanceSpec[];
}

export interface CallSpec extends ModuleSpec {
  /** Keys of count or for_each. @default one instance without a key */
  readonly keys?: readonly Key[];
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly forEach?: readonly string[];
  readonly dependsOn?: readonly string[];
}

export interface ModuleSpec {
  readonly blocks?: readonly BlockSpec[];
  /** References of outputs; a value that is not a list is a constant. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly calls?: Readonly<Record<string, CallSpec>>;
}

export interface PlanSpec extends ModuleSpec {
  readonly sources?: Partial<SourceExpressions>;
  readonly account?: string;
  readonly providers?: Json;
  /** Resources that the plan deletes. */
  readonly deleted?: readonly { readonly address: string; readonly before: Json }[];
}

const isReferences = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === "string");

/** Terraform lists each reference followed by its prefixes. */
const withPrefixes = (references: readonly string[]): string[] =>
  references.flatMap((reference) => {
    const resource = /^((?:data\.)?\w+\.\w+)(?:\[[^\]]*\])?\./.exec(reference)?.[1];
    return resource === undefined || /^(var|local|each|count|module)\./.test(reference)
      ? [reference]
      : [reference, resource];
  });

const expression = (value: unknown): unknown =>
  isReferences(value) ? { references: withPrefixes(value) } : value;

const expressions = (record: Readonly<Record<string, unknown>> = {}): Json =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, expression(value)]));

const optional = (name: string, value: unknown): Json =>
  value === undefined ? {} : { [name]: value };

const keyText = (key: Key | undefined): string =>
  key === undefined ? "" : typeof key === "number" ? `[${key}]` : `["${key}"]`;

function parts(address: string): { mode: "managed" | "data"; type: string; name: string } {
  const names = address.split(".");
  const isData = names[0] === "data";
  const [type = "", name = ""] = isData ? names.slice(1) : names;
  return { mode: isData ? "data" : "managed", type, name };
}

function configurationOf({ blocks = [], outputs = {}, calls = {} }: ModuleSpec): Json {
  return {
    resources: blocks.map((block) => ({
      address: block.address,
      ...parts(block.address),
      provider_config_key: block.provider ?? "aws",
      expressions: expressions(block.expressions),
      ...(block.forEach ? { for_each_expression: expression(block.forEach) } : {}),
      ...optional("depends_on", block.dependsOn),
    })),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => [
        name,
        { expression: isReferences(value) ? expression(value) : { constant_value: value } },
      ]),
    ),
    module_calls: Object.fromEntries(
      Object.entries(calls).map(([name, call]) => [
        name,
        {
          expressions: expressions(call.arguments),
          ...(call.forEach ? { for_each_expression: expression(call.forEach) } : {}),
          ...optional("depends_on", call.dependsOn),
          module: configurationOf(call),
        },
      ]),
    ),
  };
}

function changesOf(module: string, { blocks = [], calls = {} }: ModuleSpec): Json[] {
  const prefix = module === "" ? "" : `${module}.`;
  const own = blocks.flatMap((block) =>
    (block.instances ?? [block]).map(({ key, values = {}, unknown = {}, actions }) => ({
      address: `${prefix}${block.address}${keyText(key)}`,
      ...optional("module_address", module === "" ? undefined : module),
      ...parts(block.address),
      ...optional("index", key),
      change: {
        actions: actions ?? ["create"],
        before: null,
        after: values,
        after_unknown: unknown,
      },
    })),
  );
  const nested = Object.entries(calls).flatMap(([name, call]) =>
    (call.keys ?? [undefined]).flatMap((key) =>
      changesOf(`${prefix}module.${name}${keyText(key)}`, call),
    ),
  );
  return [...own, ...nested];
}

export function planOf(spec: PlanSpec): PlanModel {
  const deleted = (spec.deleted ?? []).map(({ address, before }) => ({
    address,
    ...parts(address),
    change: { actions: ["delete"], before, after: null, after_unknown: {} },
  }));
  const json = {
    format_version: "1.2",
    terraform_version: "1.11.4",
    resource_changes: [...changesOf("", spec), ...deleted],
    configuration: {
      provider_config: spec.providers ?? {},
      root_module: configurationOf(spec),
    },
  };
  const sources = spec.sources && { locals: {}, attributes: {}, secretKeys: {}, ...spec.sources };
  return new PlanModel(parsePlanJson(JSON.stringify(json), "a test"), sources, spec.account);
}

export function resourceIn(plan: PlanModel, address: string): Resource {
  const resource = plan.resourceAt(address);
  if (!resource) throw new RangeError(`the plan has no resource ${address}`);
  return resource;
}
