import { createRequire } from "node:module";
import {
  App,
  DefaultTokenResolver,
  StringConcat,
  type TerraformProvider,
  type TerraformResource,
  TerraformStack,
  Tokenization,
} from "cdktn";
import { describe, expect, it } from "vitest";
import type { Construct } from "../../src/constructs/construct.ts";
import {
  type AttributeType,
  type BlockSchema,
  propertyName,
} from "../../src/constructs/provider/arguments.ts";
import { AwsProvider } from "../../src/constructs/provider/aws-provider.ts";
import { AwsResource } from "../../src/constructs/provider/aws-resource.ts";
import { PROVIDER_SCHEMA } from "../../src/constructs/provider/provider-arguments.generated.ts";
import { SecurityGroup } from "../../src/constructs/provider/security-group.generated.ts";
import { Subnet } from "../../src/constructs/provider/subnet.generated.ts";
import { dataSourceTypes, resourceTypes } from "../../tools/provider-types/types.ts";

const require = createRequire(import.meta.url);

type ConstructClass<T> = new (scope: Construct, id: string, config: object) => T;
type ResourceClass = ConstructClass<TerraformResource> & {
  readonly tfResourceType: string;
  readonly schema: BlockSchema;
};

const kebab = (type: string): string => type.replace(/^aws_/, "").replaceAll("_", "-");

/** The generated class of a resource type. */
async function generatedClass(type: string, isData = false): Promise<ResourceClass> {
  const path = `../../src/constructs/provider/${isData ? "data-" : ""}${kebab(type)}.generated.ts`;
  const module = (await import(path)) as Readonly<Record<string, ResourceClass>>; // as generate.ts writes it
  const found = module[(isData ? dataSourceTypes : resourceTypes)[type] ?? ""];
  if (found === undefined) throw new Error(`no class for ${type}`);
  return found;
}

/** The class of the prebuilt bindings for a resource type. */
function prebuiltClass(type: string, isData = false): ConstructClass<TerraformResource> {
  const folder = isData ? `data-aws-${kebab(type)}` : kebab(type);
  const module = require(`@cdktn/provider-aws/lib/${folder}/index.js`) as object;
  const found = Object.values(module).find(
    (value: { readonly tfResourceType?: string }) => value.tfResourceType === type,
  ) as ConstructClass<TerraformResource> | undefined;
  if (found === undefined) throw new Error(`no prebuilt class for ${type}`);
  return found;
}

const SAMPLES: Readonly<Record<string, unknown>> = { bool: true, number: 7, string: "a_b" };

function sampleOf(type: AttributeType): unknown {
  const [, collection, element = ""] = /^(list|map|set)\((\w+)\)$/.exec(type) ?? [];
  if (collection === undefined) return SAMPLES[type];
  return collection === "map" ? { Some_Key: SAMPLES[element] } : [SAMPLES[element]];
}

/** A config with a value for each argument. */
const sampleConfig = (schema: BlockSchema): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(schema).map(([name, type]) => {
      if (typeof type === "string") return [propertyName(name), sampleOf(type)];
      // The prebuilt bindings have another name for the member self.
      const block = { ...sampleConfig(type.block), selfAttribute: true };
      return [
        propertyName(name),
        type.nesting === "struct" || type.maxItems === 1 ? block : [block, block],
      ];
    }),
  );

const newStack = (): TerraformStack => new TerraformStack(new App(), "stack");

/** A value without tokens, as Terraform reads it. */
const resolved = (value: unknown, scope: Construct): unknown =>
  Tokenization.resolve(value, {
    scope,
    resolver: new DefaultTokenResolver(new StringConcat()),
    preparing: false,
  }) as unknown;

/** Removes the names of classes from HCL metadata of blocks: cdktn does not read them. */
const withoutClassNames = (text: string): unknown =>
  JSON.parse(text, (_, value: unknown) =>
    typeof value === "object" && value !== null && "isBlock" in value && value.isBlock === true
      ? { ...value, storageClassType: "" }
      : value,
  );

describe("the generated types", () => {
  it.each([
    ...Object.keys(resourceTypes).map((type) => ({ name: type, type, isData: false })),
    ...Object.keys(dataSourceTypes).map((type) => ({ name: `data.${type}`, type, isData: true })),
  ])("give $name as the prebuilt bindings do", async ({ type, isData }) => {
    const resourceClass = await generatedClass(type, isData);
    const config = { ...sampleConfig(resourceClass.schema), dependsOn: [] };
    const own = new resourceClass(newStack(), "thing", config);
    const prebuilt = new (prebuiltClass(type, isData))(newStack(), "thing", config);
    expect(own.toTerraform()).toEqual(prebuilt.toTerraform());
    expect(withoutClassNames(JSON.stringify(own.toHclTerraform()))).toEqual(
      withoutClassNames(JSON.stringify(prebuilt.toHclTerraform())),
    );
    const properties = Object.getOwnPropertyDescriptors(resourceClass.prototype);
    for (const [name, property] of Object.entries(properties)) {
      if (property.get === undefined) continue;
      expect(resolved(property.get.call(own), own), name).toEqual(
        resolved((prebuilt as unknown as Readonly<Record<string, unknown>>)[name], prebuilt),
      );
    }
  });

  it("give the provider as the prebuilt bindings do", () => {
    const prebuilt = (
      require("@cdktn/provider-aws/lib/provider/index.js") as {
        readonly AwsProvider: ConstructClass<TerraformProvider>;
      }
    ).AwsProvider;
    const config = { ...sampleConfig(PROVIDER_SCHEMA), alias: "other" };
    const providerOf = (provider: TerraformProvider): unknown =>
      (provider.toTerraform() as { readonly provider: unknown }).provider;
    expect(providerOf(new AwsProvider(newStack(), "aws", config))).toEqual(
      providerOf(new prebuilt(newStack(), "aws", config)),
    );
  });

  it("have no property that hides a property of cdktn", async () => {
    for (const type of Object.keys(resourceTypes)) {
      const names = Object.getOwnPropertyNames((await generatedClass(type)).prototype);
      const inherited = new Set<string>();
      for (
        let prototype: unknown = AwsResource.prototype;
        prototype !== null && prototype !== Object.prototype;
        prototype = Object.getPrototypeOf(prototype)
      )
        for (const name of Object.getOwnPropertyNames(prototype)) inherited.add(name);
      expect(names.filter((name) => name !== "constructor" && inherited.has(name))).toEqual([]);
    }
  });
});

describe("a resource", () => {
  const subnet = (): Subnet =>
    new Subnet(newStack(), "subnet", { vpcId: "vpc-1", tags: { Name: "own" } });
  const argumentsOf = (resource: TerraformResource): unknown => {
    const { resource: types } = resource.toTerraform() as {
      readonly resource: Readonly<Record<string, Readonly<Record<string, object>>>>;
    };
    const { "//": _, ...rest } = Object.values(
      types[resource.terraformResourceType] ?? {},
    )[0] as Record<string, unknown>;
    return JSON.parse(JSON.stringify(rest));
  };

  it("has null for the members of an object that have no value", () => {
    const group = new SecurityGroup(newStack(), "group", { ingress: [{ fromPort: 1 }] });
    expect(argumentsOf(group)).toMatchObject({ ingress: [{ from_port: 1, to_port: null }] });
  });

  it("can be configured after its creation", () => {
    const resource = subnet();
    resource.configure({ cidrBlock: "10.0.0.0/24", tags: undefined });
    expect(resource.config).toMatchObject({ vpcId: "vpc-1", cidrBlock: "10.0.0.0/24" });
    expect(argumentsOf(resource)).toEqual({ vpc_id: "vpc-1", cidr_block: "10.0.0.0/24" });
  });

  it("keeps its own tags if tags are added", () => {
    const resource = subnet();
    resource.addTags({ Name: "other", team: "a" });
    expect(argumentsOf(resource)).toEqual({ vpc_id: "vpc-1", tags: { Name: "own", team: "a" } });
  });
});
