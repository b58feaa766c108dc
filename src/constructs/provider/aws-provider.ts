import { TerraformProvider } from "cdktn";
import { compatibleScope, type Construct } from "../construct.ts";
import { generatorMetadata } from "./aws-resource.ts";
import { toHcl, toJson } from "./arguments.ts";
import { PROVIDER_SCHEMA, type ProviderArguments } from "./provider-arguments.generated.ts";

/** Arguments of the AWS provider. Set `endpoints`, and arguments that are newer than provider 5.100, with `addOverride`. */
export interface AwsProviderConfig extends ProviderArguments {
  /** Name of an additional provider configuration. */
  readonly alias?: string;
}

/**
 * The AWS provider of a stack. A stack with Berth's constructs needs one.
 *
 * @example new AwsProvider(stack, "aws", { region: "eu-west-1" });
 */
export class AwsProvider extends TerraformProvider {
  readonly #config: AwsProviderConfig;

  constructor(scope: Construct, id: string, config: AwsProviderConfig = {}) {
    super(compatibleScope(scope), id, {
      terraformResourceType: "aws",
      terraformProviderSource: "hashicorp/aws",
      terraformGeneratorMetadata: generatorMetadata,
    });
    this.#config = config;
  }

  override get alias(): string | undefined {
    return this.#config.alias;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return toJson(PROVIDER_SCHEMA, this.#config);
  }

  protected override synthesizeHclAttributes(): Record<string, unknown> {
    return toHcl(PROVIDER_SCHEMA, this.#config);
  }
}
