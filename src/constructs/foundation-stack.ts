import { AwsProvider } from "@cdktn/provider-aws/lib/provider/index.js";
import { LocalBackend, S3Backend, TerraformElement, TerraformOutput, TerraformStack } from "cdktn";
import { type Node, RootConstruct } from "constructs";
import type { FoundationOptions, ProjectOptions } from "../config/options.ts";
import { Foundation } from "./foundation.ts";

/** The oldest engine and the providers that the synthesized Terraform asks for. */
export const REQUIRED_ENGINE = ">= 1.10";
export const REQUIRED_PROVIDER = ">= 5.100, < 7.0";

/** Ids that a resource address can do without: there is one foundation, and one resource that a construct is about. */
const SILENT = new Set(["foundation", "resource"]);

/**
 * A whole Terraform root module: the provider, the state, one foundation and its outputs. Addresses are readable:
 * `aws_vpc.network`, `aws_subnet.network_private_eu_west_1a`.
 */
export class FoundationStack extends TerraformStack {
  readonly foundation: Foundation;

  constructor(options: FoundationOptions & ProjectOptions) {
    super(new RootConstruct(), options.name);
    const { state } = options;
    new AwsProvider(this, "aws", {
      region: options.region,
      ...(options.account === undefined ? {} : { allowedAccountIds: [options.account] }),
      ...(options.defaultTags === undefined
        ? {}
        : { defaultTags: [{ tags: { ...options.defaultTags } }] }),
    });
    this.addOverride("terraform.required_version", REQUIRED_ENGINE);
    this.addOverride("terraform.required_providers.aws", {
      source: "hashicorp/aws",
      version: REQUIRED_PROVIDER,
    });
    if (state) {
      new S3Backend(this, {
        bucket: state.bucket,
        key: state.key ?? `${options.name}/terraform.tfstate`,
        region: state.region ?? options.region,
        encrypt: true,
        ...(state.kmsKeyArn === undefined ? {} : { kmsKeyId: state.kmsKeyArn }),
      });
      this.addOverride("terraform.backend.s3.use_lockfile", true);
    } else {
      new LocalBackend(this, { path: "terraform.tfstate" });
    }
    this.foundation = new Foundation(this, "foundation", options);
    for (const [name, value] of Object.entries(this.foundation.outputs)) {
      new TerraformOutput(this, name, { value, staticId: true });
    }
  }

  protected override allocateLogicalId(element: TerraformElement | Node): string {
    const node = TerraformElement.isTerraformElement(element) ? element.node : element;
    return node.scopes
      .slice(1 + node.scopes.indexOf(this))
      .map((scope) => scope.node.id)
      .filter((id) => !SILENT.has(id))
      .join("_")
      .replace(/[^A-Za-z0-9_]+/g, "_");
  }
}
