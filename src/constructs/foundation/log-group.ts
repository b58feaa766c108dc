import { CloudwatchLogGroup } from "../provider/cloudwatch-log-group.generated.ts";
import type { Construct } from "../construct.ts";
import { retentionDays } from "../../aws/index.ts";
import { UserError } from "../../shared/index.ts";
import { CheckedConstruct } from "./checked-construct.ts";
import type { IKey } from "./encryption-key.ts";
import { checkName } from "../synth/names.ts";

/** Properties of a `LogGroup`. */
export interface LogGroupProps {
  readonly name: string;
  /**
   * Encrypts the log events. Its policy must allow CloudWatch Logs to use it for this log group.
   *
   * @default CloudWatch Logs encrypts with its own key
   */
  readonly key?: IKey;
  /** Retention in days, one of the values that CloudWatch Logs accepts; 0 means that events never expire. @default 365 */
  readonly retentionDays?: number;
}

/**
 * The encrypted log group of the tasks and of ECS Exec sessions. Terraform creates it after the key's policy: CloudWatch Logs
 * rejects a key whose policy does not allow it.
 *
 * Cost: by ingested and stored volume (Amazon CloudWatch pricing).
 *
 * @throws UserError for a retention that CloudWatch Logs does not accept
 * @example new LogGroup(this, "logs", { name: "/ecs/hello", key });
 */
export class LogGroup extends CheckedConstruct {
  readonly group: CloudwatchLogGroup;

  constructor(scope: Construct, id: string, props: LogGroupProps) {
    super(scope, id, props);
    const { key, retentionDays: days = 365 } = props;
    if (!retentionDays.includes(days)) {
      throw new UserError(
        "BERTH-E2001",
        `retentionDays: CloudWatch Logs does not support a retention of ${days} days`,
        {
          fix: `set one of ${retentionDays.join(", ")}`,
        },
      );
    }
    this.group = new CloudwatchLogGroup(this, "resource", {
      name: checkName("logGroup", props.name, "name"),
      retentionInDays: days,
      ...(key === undefined ? {} : { kmsKeyId: key.arn }),
      ...(key === undefined || key.dependencies.length === 0
        ? {}
        : { dependsOn: [...key.dependencies] }),
    });
  }
}
