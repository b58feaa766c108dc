import type * as eventbridge from "@aws-sdk/client-eventbridge";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import type { Invocation } from "./invocations.ts";

export interface EventRule {
  readonly name: string;
  readonly arn: string;
  readonly state: eventbridge.RuleState;
  readonly schedule?: string;
  readonly pattern?: string;
  readonly description?: string;
  readonly roleArn?: string;
  readonly targets: readonly eventbridge.Target[];
  readonly tags: Readonly<Record<string, string>>;
  /** The next run of the schedule. */
  readonly next?: Date;
}

/** Rules of the default bus. */
export const eventRules: TableKey<EventRule> = table("events/rule");

export const ruleInvocations: TableKey<Invocation> = table("events/invocation", {
  exists: () => false,
});

export function requireRule(context: Context, name: string): EventRule {
  const row = context.in(eventRules).get(name);
  if (row) return row;
  throw new AwsError(
    "ResourceNotFoundException",
    `Rule ${name} does not exist on EventBus default.`,
  );
}
