import { TerraformOutput } from "cdktn";
import { formatArn } from "../../aws/index.ts";
import type { FoundationOptions, ProjectOptions } from "../../config/index.ts";
import { Foundation } from "../foundation/foundation.ts";
import { RootModule } from "./root-module.ts";
import { stateKeyAlias } from "../bootstrap/state-bucket.ts";

/** The tag that identifies the resources of a foundation. The policies of the pipeline's roles check it. */
export const FOUNDATION_TAG = "berth";

/** The foundation tag, if a pipeline applies the foundation. The apply role can only change resources with this tag. */
const foundationTags = ({
  pipeline,
  name,
}: FoundationOptions & ProjectOptions): Record<string, string> =>
  pipeline === undefined ? {} : { [FOUNDATION_TAG]: name };

/** The key of the S3 object with a foundation's state. */
export const stateObjectKey = ({ name, state }: FoundationOptions & ProjectOptions): string =>
  state?.key ?? `${name}/terraform.tfstate`;

/** The key that encrypts the state: the key in the config, or the key that bootstrap creates. */
function stateEncryption({
  state,
  pipeline,
  account,
  region,
}: FoundationOptions & ProjectOptions): {
  kmsKeyId?: string;
} {
  if (state?.kmsKeyArn !== undefined) return { kmsKeyId: state.kmsKeyArn };
  // If the config names its own roles, Berth does not create the bucket, and does not know the bucket's key.
  const createsBucket = pipeline !== undefined && pipeline.roles?.apply === undefined;
  if (state === undefined || account === undefined || !createsBucket) return {};
  return {
    kmsKeyId: formatArn("kms", state.region ?? region, account, stateKeyAlias(state.bucket)),
  };
}

/**
 * A complete Terraform root module: the provider, the backend, a foundation and its outputs. Addresses are readable:
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
