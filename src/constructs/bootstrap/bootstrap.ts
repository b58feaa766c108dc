import { IamOpenidConnectProvider } from "@cdktn/provider-aws/lib/iam-openid-connect-provider/index.js";
import { TerraformOutput } from "cdktn";
import { formatArn } from "../../aws/arn.ts";
import { partitionOf } from "../../aws/regions.ts";
import type { FoundationScope } from "./foundation-scope.ts";
import { PipelineRoles } from "./pipeline-roles.ts";
import { RootModule } from "../synth/root-module.ts";
import { StateBucket, stateKeyAlias } from "./state-bucket.ts";
import { AUDIENCE, ISSUER, type TrustedRepository } from "./oidc-trust.ts";

/** What a pipeline needs in one account before it can run. */
export interface BootstrapOptions {
  /** The project's name; it names the state of the bootstrap itself. */
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  /** ARN of the key that encrypts the states, where it is not the one that comes with the bucket. */
  readonly stateKeyArn?: string;
  readonly repository: TrustedRepository;
  /** The account's foundations, each with GitHub's environment in which it is applied. */
  readonly foundations: readonly (FoundationScope & { readonly environment: string })[];
  /** True where the account has GitHub's OIDC provider already: it is used, and left alone. */
  readonly usesExistingProvider: boolean;
  /** True where the bucket is there already, made by another bootstrap or by hand: it is used, and left alone. */
  readonly usesExistingBucket: boolean;
  /** Where the bootstrap's own state lies. @default "local" */
  readonly state?: "local" | "bucket";
  /** Let destroy delete the bucket with what is in it. @default false */
  readonly forceDestroy?: boolean;
}

/** The key of the bootstrap's own state in the bucket. */
export const bootstrapStateKey = (name: string): string => `${name}/bootstrap.tfstate`;

/**
 * What must exist once in an account before a pipeline can run there: the bucket of the states, GitHub's OIDC provider,
 * and the roles of each foundation.
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
    if (!options.usesExistingBucket)
      new StateBucket(this, "state", {
        bucket,
        region,
        forceDestroy: options.forceDestroy ?? false,
      });
    const provider = `arn:${partitionOf(region)}:iam::${account}:oidc-provider/${ISSUER}`;
    const own = options.usesExistingProvider
      ? undefined
      : new IamOpenidConnectProvider(this, "github", {
          url: `https://${ISSUER}`,
          clientIdList: [AUDIENCE],
        });
    for (const foundation of foundations) {
      const roles = new PipelineRoles(this, foundation.name, {
        foundation,
        provider: own?.arn ?? provider,
        repository,
        environment: foundation.environment,
      });
      for (const [kind, role] of Object.entries({
        plan: roles.plan,
        apply: roles.apply,
        image: roles.image,
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
