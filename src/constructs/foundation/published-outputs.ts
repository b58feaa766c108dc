import { SsmParameter } from "../provider/ssm-parameter.generated.ts";
import type { Construct } from "../construct.ts";
import { CheckedConstruct } from "./checked-construct.ts";
import type { IKey } from "./encryption-key.ts";
import { checkName } from "../synth/names.ts";

/** Properties of `PublishedOutputs`. */
export interface PublishedOutputsProps {
  /** Path of the parameter, such as /berth/hello. */
  readonly name: string;
  readonly key: IKey;
  /** The values. They are written as one JSON object. */
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * The outputs of a foundation in an SSM parameter (SecureString). Stacks with another Terraform state can read it.
 *
 * Cost: none (a standard parameter).
 *
 * @example new PublishedOutputs(this, "published", { name: "/berth/hello", key, values: { cluster_arn: arn } });
 */
export class PublishedOutputs extends CheckedConstruct {
  readonly parameter: SsmParameter;

  constructor(scope: Construct, id: string, props: PublishedOutputsProps) {
    super(scope, id, props);
    this.parameter = new SsmParameter(this, "resource", {
      name: checkName("parameter", props.name, "name"),
      description: "What Berth created, for the stack that deploys the service",
      type: "SecureString",
      keyId: props.key.arn,
      // Sorted like Terraform's jsonencode, so that JSON and HCL give the same text.
      value: JSON.stringify(
        Object.fromEntries(Object.entries(props.values).sort(([a], [b]) => (a < b ? -1 : 1))),
      ),
      dependsOn: [...props.key.dependencies],
    });
  }
}
