import { TerraformOutput } from "cdktn";
import { formatArn } from "../../aws/arn.ts";
import type { FoundationOptions, ProjectOptions } from "../../config/options.ts";
import { Foundation } from "../foundation/foundation.ts";
import { RootModule } from "./root-module.ts";
import { stateKeyAlias } from "../bootstrap/state-bucket.ts";

/** The tag by which a pipeline's role knows what is its own. */
export const FOUNDATION_TAG = "berth";

/** What a pipeline applies carries the foundation's name: its role may touch nothing else. */
const foundationTags = ({
  pipeline,
  name,
}: FoundationOptions & ProjectOptions): Record<string, string> =>
  pipeline === undefined ? {} : { [FOUNDATION_TAG]: name };

/** The object that keeps a foundation's state. */
export const stateObjectKey = ({ name, state }: FoundationOptions & ProjectOptions): string =>
  state?.key ?? `${name}/terraform.tfstate`;

/** The key that encrypts the state: the one that is named, or the one that bootstrap makes. */
function stateEncryption({
  state,
  pipeline,
  account,
  region,
}: FoundationOptions & ProjectOptions): {
  kmsKeyId?: string;
} {
  if (state?.kmsKeyArn !== undefined) return { kmsKeyId: state.kmsKeyArn };
  // Whoever brings the roles brings the bucket, encrypted as they like it.
  const isOurs = pipeline !== undefined && pipeline.roles?.apply === undefined;
  if (state === undefined || account === undefined || !isOurs) return {};
  return {
    kmsKeyId: formatArn("kms", state.region ?? region, account, stateKeyAlias(state.bucket)),
  };
}

/**
 * A whole Terraform root module: the provider, the state, one foundation and its outputs. Addresses are readable:
 * `aws_vpc.network`, `aws_subnet.network_private_eu_west_1a`.
 */
export class FoundationStack extends RootModule {
  readonly foundation: Foundation;

  constructor(options: FoundationOptions & ProjectOptions) {
    const { name, state, region, account } = options;
    super(name, {
      region,
      account,
      tags: { ...foundationTags(options), ...options.defaultTags },
      state: state && {
        bucket: state.bucket,
        key: stateObjectKey(options),
        region: state.region ?? region,
        ...stateEncryption(options),
      },
    });
    this.foundation = new Foundation(this, "foundation", options);
    for (const [name, value] of Object.entries(this.foundation.outputs)) {
      new TerraformOutput(this, name, { value, staticId: true });
    }
  }
}
