import { CloudwatchLogGroup } from "@cdktn/provider-aws/lib/cloudwatch-log-group/index.js";
import type { Construct } from "constructs";
import { retentionDays } from "../../aws/limits.ts";
import { UserError } from "../../shared/errors.ts";
import { CheckedConstruct } from "./checked-construct.ts";
import type { IKey } from "./encryption-key.ts";
import { checkName } from "../synth/names.ts";

export interface LogGroupProps {
  readonly name: string;
  /** Encrypts the events; its policy must admit CloudWatch Logs for this very group. */
  readonly key: IKey;
  /** Days to keep events, one of the values CloudWatch Logs takes; 0 for ever. @default 365 */
  readonly retentionDays?: number;
}

/**
 * The log group of the tasks and of ECS Exec sessions, encrypted. It waits for the key's policy: CloudWatch Logs
 * refuses a key that does not admit it yet.
 *
 * Cost: by volume taken in and kept (Amazon CloudWatch pricing).
 *
 * @throws UserError for a retention that CloudWatch Logs does not take
 * @example new LogGroup(this, "logs", { name: "/ecs/hello", key });
 */
export class LogGroup extends CheckedConstruct {
  readonly group: CloudwatchLogGroup;

  constructor(scope: Construct, id: string, props: LogGroupProps) {
    super(scope, id, props);
    const days = props.retentionDays ?? 365;
    if (!retentionDays.includes(days)) {
      throw new UserError(
        "BERTH-E2001",
        `retentionDays: CloudWatch Logs cannot keep events for ${days} days`,
        {
          fix: `it takes ${retentionDays.join(", ")}`,
        },
      );
    }
    this.group = new CloudwatchLogGroup(this, "resource", {
      name: checkName("logGroup", props.name, "name"),
      retentionInDays: days,
      kmsKeyId: props.key.arn,
      dependsOn: [...props.key.dependencies],
    });
  }
}
