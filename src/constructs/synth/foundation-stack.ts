import { TerraformOutput } from "cdktn";
import { formatArn } from "../../aws/index.ts";
import type { FoundationOptions, ProjectOptions } from "../../config/index.ts";
import { Foundation } from "../foundation/foundation.ts";
import { RootModule, type RootModuleProps } from "./root-module.ts";
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

/** The key of the S3 object with the state of a service or job: in the folder of the foundation's state. */
export function workloadStateKey(
  options: FoundationOptions & ProjectOptions,
  kind: "services" | "jobs",
  name: string,
): string {
  const folder = stateObjectKey(options).replace(/(^|\/)terraform\.tfstate$|\.tfstate$/, "");
  return [...(folder === "" ? [] : [folder]), kind, name, "terraform.tfstate"].join("/");
}

/** The provider and the backend of a root module of a project. */
export const rootModuleProps = (
  options: FoundationOptions & ProjectOptions,
  stateKey: string,
): RootModuleProps => ({
  region: options.region,
  account: options.account,
  tags: { ...foundationTags(options), ...options.defaultTags },
  state: options.state && {
    bucket: options.state.bucket,
    key: stateKey,
    region: options.state.region ?? options.region,
    ...stateEncryption(options),
  },
});

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
    super(options.name, rootModuleProps(options, stateObjectKey(options)));
    this.foundation = new Foundation(this, "foundation", options);
    for (const [name, value] of Object.entries(this.foundation.outputs)) {
      new TerraformOutput(this, name, { value, staticId: true });
    }
  }
}
