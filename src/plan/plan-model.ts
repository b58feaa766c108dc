import { withoutKeys } from "./module-address.ts";
import { isCompanion, companionName } from "./companion-resources.ts";
import { Configuration } from "./configuration.ts";
import { ConfiguredExpressions } from "./configured-expressions.ts";
import { DependencyGraph } from "./dependency-graph.ts";
import { ExpressionEvaluator } from "./expression-evaluator.ts";
import { isObject, type Json, listOf, type PlanJson } from "./plan-json.ts";
import { ReferenceResolver } from "./reference-resolver.ts";
import { expressionAt } from "./reference-syntax.ts";
import {
  type AttributePath,
  type ReferenceSources,
  type ResolvedReferences,
  Resource,
} from "./resource.ts";
import { append, ResourceIndex } from "./resource-index.ts";
import type { SourceExpressions } from "./source-expressions.ts";
import type { SymbolicValue } from "./symbolic-value.ts";
import { Unknown } from "./unknown.ts";

/** How many resources the reason of an unknown value names at most. */
const MAX_NAMED_SOURCES = 4;

/** All resources of a plan or a state, and the references between them. */
export class PlanModel {
  readonly planJson: PlanJson;
  readonly resources: readonly Resource[];
  /** The AWS account from the options, for a plan that does not contain it. */
  readonly account: string | undefined;
  /** Is called for each attribute that is read. A test records with it what the checks read. */
  readonly onRead: ((resource: Resource, path: AttributePath) => void) | undefined;
  readonly #sources: SourceExpressions | undefined;
  readonly #configuration: Configuration;
  readonly #index: ResourceIndex;
  readonly #evaluator: ExpressionEvaluator;
  readonly #references: ReferenceResolver;
  readonly #dependencies: DependencyGraph;
  /** Companion resources by address. */
  readonly #companions: ReadonlyMap<string, Resource>;
  /** Results of referrersOf: referrers by target. */
  readonly #referrers = new Map<string, Map<Resource, Resource[]>>();

  /**
   * @param sources expressions of the .tf files; without them, references through locals and dynamic blocks are unknown
   * @param account used if the plan does not contain the account
   * @param onRead is called for each attribute that is read
   */
  constructor(
    planJson: PlanJson,
    sources?: SourceExpressions,
    account?: string,
    onRead?: (resource: Resource, path: AttributePath) => void,
  ) {
    this.planJson = planJson;
    this.onRead = onRead;
    this.account = account;
    this.#sources = sources;
    const resources = planJson.resources.map((planned) => new Resource(planned, this));
    this.resources = resources.filter((resource) => !isCompanion(resource));
    this.#companions = new Map(
      resources.filter(isCompanion).map((resource) => [resource.address, resource]),
    );
    this.#configuration = new Configuration(planJson.configuration);
    this.#index = new ResourceIndex(this.resources);
    const expressions = new ConfiguredExpressions(this.#configuration, sources);
    this.#evaluator = new ExpressionEvaluator({
      configuration: this.#configuration,
      expressions,
      resources: this.#index,
      variables: planJson.variables,
    });
    this.#references = new ReferenceResolver({
      expressions,
      evaluator: this.#evaluator,
      resources: this.#index,
    });
    this.#dependencies = new DependencyGraph(this.#configuration, sources);
  }

  /** Managed resources and data sources of some types. */
  resourcesOfType(...types: readonly string[]): readonly Resource[] {
    return this.#index.ofTypes(types);
  }

  /** Managed resources and data sources of a type whose `name` is known. */
  resourcesWithName(type: string, name: string): readonly Resource[] {
    return this.#index.ofTypeWithName(type, name);
  }

  /** Managed resources and data sources of a type whose `arn` is known. */
  resourcesWithArn(type: string, arn: string): readonly Resource[] {
    return this.#index
      .withId(arn)
      .filter(({ resource, attribute }) => resource.type === type && attribute === "arn")
      .map(({ resource }) => resource);
  }

  /**
   * Resources that refer to a resource by an attribute.
   *
   * @param referrerTypes types of the referrers
   * @param targetTypes types that the attribute may refer to
   */
  referrersOf(
    target: Resource,
    referrerTypes: readonly string[],
    targetTypes: readonly string[],
    ...path: AttributePath
  ): readonly Resource[] {
    const key = `${referrerTypes.join(" ")}|${targetTypes.join(" ")}|${path.join(".")}`;
    let referrers = this.#referrers.get(key);
    if (!referrers) {
      referrers = new Map<Resource, Resource[]>();
      for (const referrer of this.resourcesOfType(...referrerTypes))
        for (const { resource } of referrer.referencesTo(targetTypes, ...path).references)
          append(referrers, resource, referrer);
      this.#referrers.set(key, referrers);
    }
    return referrers.get(target) ?? [];
  }

  resourceAt(address: string): Resource | undefined {
    return this.#index.atAddress(address);
  }

  /** JSON keys that the configuration reads from secrets; undefined without .tf files. */
  get secretKeys(): readonly string[] | undefined {
    return this.#sources && Object.values(this.#sources.secretKeys).flat();
  }

  /** What the module of a resource appends to ARNs of secrets in valueFrom; empty without .tf files. */
  secretSelectorsNear({ module }: Resource): readonly string[] {
    return this.#sources?.secretSelectors?.[withoutKeys(module)] ?? [];
  }

  /** The companion resource of an attribute; plans that Berth did not make itself contain none. */
  companionOf({ address, type, name }: Resource, attribute: string): Resource | undefined {
    const start = address.lastIndexOf(`${type}.${name}`);
    const key = address.slice(start + type.length + 1 + name.length);
    const companion = companionName(type, name, attribute);
    return this.#companions.get(`${address.slice(0, start)}terraform_data.${companion}${key}`);
  }

  /**
   * True if the configuration contains an attribute or a block of a resource; always false for a state. A dynamic block
   * whose for_each is empty generates no block.
   */
  isConfigured(resource: Resource, name: string): boolean {
    const expressions = this.#blockOf(resource)?.["expressions"];
    if (isObject(expressions) && name in expressions) return true;
    return (
      this.#sources?.attributes[resource.configKey]?.[name] !== undefined &&
      !this.#evaluator.hasNoBlocks(resource, name)
    );
  }

  /** See {@link Resource.hasExpression}. */
  hasExpression(resource: Resource, path: AttributePath): boolean {
    const names = path.filter((step) => typeof step === "string");
    let blocks: readonly unknown[] = [this.#blockOf(resource)?.["expressions"]];
    for (const name of names) {
      blocks = blocks
        .flatMap((block) => (Array.isArray(block) ? block : [block]))
        .flatMap((block) => (isObject(block) && name in block ? [block[name]] : []));
      if (blocks.length === 0) return names.length === 1 && this.isConfigured(resource, name);
    }
    return true;
  }

  /** The resources that an output of the root module refers to. */
  outputReferences(name: string, types: readonly string[]): ResolvedReferences {
    return this.#references.resolveOutput(name, types);
  }

  /** The value of an output of the root module if it is a constant. */
  outputConstant(name: string): unknown {
    const expression = this.#configuration.rootOutput(name);
    return expression && !("references" in expression) ? expression["constant_value"] : undefined;
  }

  /** Name of the provider configuration of a resource, such as "aws.other"; "" if the plan does not contain it. */
  providerOf(resource: Resource): string {
    const key = this.#blockOf(resource)?.["provider_config_key"];
    return typeof key === "string" ? (key.split(":").at(-1) ?? "") : "";
  }

  /** The account of a resource's provider, if the provider configuration contains it as a constant. */
  accountOf(resource: Resource): string | undefined {
    const role = this.#providerConstant(resource, "assume_role", 0, "role_arn");
    const [account, ...others] = listOf(this.#providerConstant(resource, "allowed_account_ids"));
    if (typeof role === "string") return role.split(":")[4];
    return typeof account === "string" && others.length === 0 ? account : undefined;
  }

  /** The region of a resource's provider, if the provider configuration contains it as a constant. */
  regionOf(resource: Resource): string | undefined {
    const region = this.#providerConstant(resource, "region");
    return typeof region === "string" ? region : undefined;
  }

  /** True if a resource's provider has the credentials of the default provider, so that it may only have another region. */
  usesDefaultCredentials(resource: Resource): boolean {
    const { providers } = this.planJson;
    return credentialsOf(providers[this.providerOf(resource)]) === credentialsOf(providers["aws"]);
  }

  #providerConstant(resource: Resource, ...path: AttributePath): unknown {
    const provider = this.planJson.providers[this.providerOf(resource)];
    const expressions = isObject(provider) ? provider["expressions"] : undefined;
    return expressionAt(expressions, path)?.["constant_value"];
  }

  /** The Unknown of an attribute that is known after apply. */
  unknownAt(resource: Resource, path: AttributePath): Unknown {
    return new Unknown(resource.address, path, () => {
      const { references, unresolved } = this.referencesIn(resource, path);
      const names = [
        ...new Set([...references.map((reference) => reference.resource.address), ...unresolved]),
      ];
      return names.length === 0
        ? "is known after apply"
        : `is known after apply: it comes from ${names.slice(0, MAX_NAMED_SOURCES).join(", ")}${names.length > MAX_NAMED_SOURCES ? ", …" : ""}`;
    });
  }

  /** See {@link Resource.referencesTo}. */
  resolveReferences(
    resource: Resource,
    types: readonly string[],
    path: AttributePath,
  ): ResolvedReferences {
    return this.#references.resolve(resource, types, path);
  }

  /** See {@link Resource.referencesIn}. */
  referencesIn(resource: Resource, path: AttributePath): ReferenceSources {
    return this.#references.sourcesOf(resource, path);
  }

  /** See {@link Resource.symbolicValue}. */
  symbolicValue(resource: Resource, path: AttributePath): SymbolicValue | undefined {
    return this.#evaluator.attribute(resource, path);
  }

  /** The resources of a value; undefined if it has references that cannot be resolved. */
  targetsOf(value: SymbolicValue, types: readonly string[]): readonly Resource[] | undefined {
    return this.#references.targetsOf(value, types);
  }

  /** See {@link Resource.dependsOn}. */
  dependsOn(resource: Resource, other: Resource): boolean {
    return this.#dependencies.dependsOn(resource.configKey, other.configKey);
  }

  #blockOf(resource: Resource): Json | undefined {
    return this.#configuration.resourceBlock(resource.configKey);
  }
}

/** Arguments of a provider that do not determine the account. Source: Terraform Registry, "AWS Provider". */
const ARGUMENTS_WITHOUT_ACCOUNT: ReadonlySet<string> = new Set([
  "default_tags",
  "endpoints",
  "ignore_tags",
  "max_retries",
  "region",
  "retry_mode",
  "s3_use_path_style",
]);

/** The arguments of a provider configuration that determine its account, as text. */
function credentialsOf(provider: unknown): string {
  const expressions =
    isObject(provider) && isObject(provider["expressions"]) ? provider["expressions"] : {};
  return JSON.stringify(
    Object.entries(expressions)
      .filter(([name]) => !ARGUMENTS_WITHOUT_ACCOUNT.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
