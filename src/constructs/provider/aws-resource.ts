import {
  TerraformDataSource,
  type TerraformMetaArguments,
  type TerraformProviderGeneratorMetadata,
  TerraformResource,
} from "cdktn";
import { compatibleScope, type Construct } from "../construct.ts";
import { type BlockSchema, toHcl, toJson } from "./arguments.ts";

/** The versions of the AWS provider that the synthesized Terraform accepts. */
export const REQUIRED_PROVIDER = ">= 5.100, < 7.0";

/** What cdktn records about the provider of a resource. */
export const generatorMetadata: TerraformProviderGeneratorMetadata = {
  providerName: "aws",
  providerVersionConstraint: REQUIRED_PROVIDER,
};

/**
 * A resource of the AWS provider. `npm run provider-types` generates a class for each resource type that Berth uses, from the
 * provider's schema. The properties of a class are references to the resource's attributes.
 *
 * Deprecated and write-only arguments have no types; set them with `addOverride`.
 */
export abstract class AwsResource<Config extends object> extends TerraformResource {
  readonly #schema: BlockSchema;
  #config: Config;

  constructor(
    scope: Construct,
    id: string,
    type: string,
    schema: BlockSchema,
    config: Config & TerraformMetaArguments,
  ) {
    super(compatibleScope(scope), id, {
      ...config,
      terraformResourceType: type,
      terraformGeneratorMetadata: generatorMetadata,
    });
    this.#schema = schema;
    this.#config = config;
  }

  /** The current arguments. */
  get config(): Readonly<Config> {
    return this.#config;
  }

  /** Changes arguments. An argument whose value is undefined is removed. */
  configure(changes: Partial<Config>): void {
    this.#config = { ...this.#config, ...changes };
  }

  /** Adds tags, if the resource type has tags. A tag of the resource itself has precedence. */
  addTags(tags: Readonly<Record<string, string>>): void {
    if (!("tags" in this.#schema)) return;
    const { tags: ownTags } = this.#config as { readonly tags?: object }; // the schema has this argument
    this.#config = { ...this.#config, tags: { ...tags, ...ownTags } };
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return toJson(this.#schema, this.#config);
  }

  protected override synthesizeHclAttributes(): Record<string, unknown> {
    return toHcl(this.#schema, this.#config);
  }
}

/** A data source of the AWS provider. As for resources, `npm run provider-types` generates the classes. */
export abstract class AwsDataSource<Config extends object = object> extends TerraformDataSource {
  readonly #schema: BlockSchema;
  readonly #config: Config;

  constructor(
    scope: Construct,
    id: string,
    type: string,
    schema: BlockSchema,
    config: Config & TerraformMetaArguments,
  ) {
    super(compatibleScope(scope), id, {
      ...config,
      terraformResourceType: type,
      terraformGeneratorMetadata: generatorMetadata,
    });
    this.#schema = schema;
    this.#config = config;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return toJson(this.#schema, this.#config);
  }

  protected override synthesizeHclAttributes(): Record<string, unknown> {
    return toHcl(this.#schema, this.#config);
  }
}
