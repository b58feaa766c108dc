import type * as ecs from "@aws-sdk/client-ecs";
import { traceToHost } from "../../ec2/network/dns.ts";
import type { Role } from "../../iam/tables.ts";
import { logGroups } from "../../logs/tables.ts";
import { type Attempt, hostOf } from "./attempt.ts";
import { type Denial, explainDenial } from "./role.ts";
import { connectionFailure, startFailure, type TaskStartError } from "./start-failure.ts";

const LOGGER_ERROR = "ResourceInitializationError: failed to validate logger args:";

/** Checks that the awslogs driver can create its log stream. AWS does this before it pulls images. */
export function checkLogDriver(
  attempt: Attempt,
  role: Role,
  container: ecs.ContainerDefinition,
): void {
  const { context } = attempt;
  const options = container.logConfiguration?.options ?? {};
  if (container.logConfiguration?.logDriver !== "awslogs") return;
  const region = options["awslogs-region"] ?? context.region;
  const name = options["awslogs-group"] ?? "";
  const host = hostOf(context, "logs", region);
  const trace = traceToHost(context, attempt.networkInterface, host);
  if (!trace.arrives) {
    throw connectionFailure(
      "logs",
      `${LOGGER_ERROR} The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your network configuration. signal: killed`,
      trace,
      host,
    );
  }
  const logContext = context.at({ region });
  const group = logContext.in(logGroups).get(name);
  const arn = logContext.arn("logs", `log-group:${name}`);
  const accessDenied = (
    what: string,
    operation: "CreateLogGroup" | "CreateLogStream",
    denial: Denial,
  ): TaskStartError =>
    startFailure(
      "logs",
      { kind: "access-denied", action: `logs:${operation}`, by: denial.by },
      `${LOGGER_ERROR} create stream has been retried 1 times: failed to create Cloudwatch ${what}: operation error CloudWatch Logs: ${operation}, https response error StatusCode: 400, RequestID: ${context.uuid()}, api error AccessDeniedException: ${denial.message} : exit status 1`,
    );
  if (options["awslogs-create-group"] === "true" && !group) {
    const denial = explainDenial(attempt, role, "logs:CreateLogGroup", arn, trace);
    if (denial !== undefined) throw accessDenied("log group", "CreateLogGroup", denial);
  }
  const stream = `${options["awslogs-stream-prefix"]}/${container.name}/${attempt.taskId}`;
  const denial = explainDenial(
    attempt,
    role,
    "logs:CreateLogStream",
    `${arn}:log-stream:${stream}`,
    trace,
  );
  if (denial !== undefined) throw accessDenied("log stream", "CreateLogStream", denial);
  if (!group && options["awslogs-create-group"] !== "true") {
    throw startFailure(
      "logs",
      { kind: "log-group-not-found" },
      `${LOGGER_ERROR} create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1`,
    );
  }
}
