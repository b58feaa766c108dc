import { IamOpenidConnectProvider } from "../provider/iam-openid-connect-provider.generated.ts";
import { TerraformOutput } from "cdktn";
import { formatArn, partitionOf } from "../../aws/index.ts";
import type { FoundationScope } from "./foundation-scope.ts";
import { PipelineRoles } from "./pipeline-roles.ts";
import { RootModule } from "../synth/root-module.ts";
import { StateBucket, stateKeyAlias } from "./state-bucket.ts";
import { AUDIENCE, ISSUER, type TrustedRepository } from "./oidc-trust.ts";

/** Options for the resources that a pipeline needs in an account. */
export interface BootstrapOptions {
  /** The project's name. The key of the bootstrap's own state contains it. */
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  /** ARN of the key that encrypts the states. @default the key that is created with the bucket */
  readonly stateKeyArn?: string;
  readonly repository: TrustedRepository;
  /** The account's foundations, each with the GitHub environment of its apply. */
  readonly foundations: readonly (FoundationScope & { readonly environment: string })[];
  /** True if GitHub's OIDC provider exists already. Berth then uses it, and does not change it. */
  readonly adoptsProvider: boolean;
  /** True if the bucket exists already, from another bootstrap or created manually. Berth then uses it, and does not change it. */
  readonly adoptsBucket: boolean;
  /** Location of the bootstrap's own state. @default "local" */
  readonly state?: "local" | "bucket";
  /** Allows destroy to delete the bucket with its content. @default false */
  readonly forceDestroy?: boolean;
}

/** The key of the bootstrap's own state in the bucket. */
export const bootstrapStateKey = (name: string): string => `${name}/bootstrap.tfstate`;

/**
 * A Terraform root module with the resources that a pipeline needs in an account: the bucket for the states, GitHub's OIDC
 * provider, and the roles of each foundation.
 *
 * Cost: $1 a month for the key of the states (AWS KMS pricing).
 */
export class BootstrapStack extends RootModule {
  constructor(options: BootstrapOptions) {
    const { name, account, region, bucket, foundations, repository } = options;
    super(`${name}-bootstrap`, {
      region,
      account,
      tags: { "managed-by": `berth bootstrap of ${name}` },
      state:
        options.state === "bucket"
          ? {
              bucket,
              region,
              key: bootstrapStateKey(name),
              kmsKeyId:
                options.stateKeyArn ?? formatArn("kms", region, account, stateKeyAlias(bucket)),
            }
          : undefined,
    });
    if (!options.adoptsBucket)
      new StateBucket(this, "state", {
        bucket,
        region,
        forceDestroy: options.forceDestroy ?? false,
      });
    const providerArn = `arn:${partitionOf(region)}:iam::${account}:oidc-provider/${ISSUER}`;
    const createdProvider = options.adoptsProvider
      ? undefined
      : new IamOpenidConnectProvider(this, "github", {
          url: `https://${ISSUER}`,
          clientIdList: [AUDIENCE],
        });
    for (const foundation of foundations) {
      const roles = new PipelineRoles(this, foundation.name, {
        foundation,
        provider: createdProvider?.arn ?? providerArn,
        repository,
        environment: foundation.environment,
      });
      for (const [kind, role] of Object.entries({
        plan: roles.plan,
        apply: roles.apply,
        image: roles.image,
        deploy: roles.deploy,
      })) {
        if (role)
          new TerraformOutput(this, `${foundation.name.replaceAll("-", "_")}_${kind}_role`, {
            value: role.arn,
            staticId: true,
          });
      }
    }
  }
}
