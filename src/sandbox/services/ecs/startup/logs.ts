import type * as ecs from "@aws-sdk/client-ecs";
import { toHost } from "../../../network/dns.ts";
import type { Role } from "../../iam/tables.ts";
import { logGroups } from "../../logs/tables.ts";
import { type Attempt, hostOf } from "./attempt.ts";
import { type Denial, explainDenial } from "./role.ts";
import { lost, refused, type TaskStartError } from "./start-failure.ts";

const LOGGER = "ResourceInitializationError: failed to validate logger args:";

/** The log driver is tried before anything is pulled. */
export function openLog(attempt: Attempt, role: Role, container: ecs.ContainerDefinition): void {
  const { context } = attempt;
  const options = container.logConfiguration?.options ?? {};
  if (container.logConfiguration?.logDriver !== "awslogs") return;
  const region = options["awslogs-region"] ?? context.region;
  const name = options["awslogs-group"] ?? "";
  const host = hostOf(context, "logs", region);
  const trace = toHost(context, attempt.face, host);
  if (!trace.arrives) {
    throw lost(
      "logs",
      `${LOGGER} The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your network configuration. signal: killed`,
      trace,
      host,
    );
  }
  const home = context.at({ region });
  const group = home.in(logGroups).get(name);
  const arn = home.arn("logs", `log-group:${name}`);
  const deny = (
    what: string,
    operation: "CreateLogGroup" | "CreateLogStream",
    no: Denial,
  ): TaskStartError =>
    refused(
      "logs",
      { kind: "access-denied", action: `logs:${operation}`, by: no.by },
      `${LOGGER} create stream has been retried 1 times: failed to create Cloudwatch ${what}: operation error CloudWatch Logs: ${operation}, https response error StatusCode: 400, RequestID: ${context.uuid()}, api error AccessDeniedException: ${no.words} : exit status 1`,
    );
  if (options["awslogs-create-group"] === "true" && !group) {
    const no = explainDenial(attempt, role, "logs:CreateLogGroup", arn, trace);
    if (no !== undefined) throw deny("log group", "CreateLogGroup", no);
  }
  const stream = `${options["awslogs-stream-prefix"]}/${container.name}/${attempt.taskId}`;
  const no = explainDenial(
    attempt,
    role,
    "logs:CreateLogStream",
    `${arn}:log-stream:${stream}`,
    trace,
  );
  if (no !== undefined) throw deny("log stream", "CreateLogStream", no);
  if (!group && options["awslogs-create-group"] !== "true") {
    throw refused(
      "logs",
      { kind: "log-group-not-found" },
      `${LOGGER} create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1`,
    );
  }
}
