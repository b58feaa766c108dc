import { awslogsOptions } from "../../../aws/index.ts";
import { awsErrorOf } from "../../../failures/index.ts";
import { formatValue, isUnknown, type Json } from "../../../plan/index.ts";
import { accountAndRegionAt } from "../../../topology/index.ts";
import {
  type Check,
  fail,
  pass,
  unknownOutcome,
  type CheckContext,
  type CheckOutcome,
} from "../../engine/check.ts";
import {
  isFargate,
  objectAt,
  unknownContainers,
  knownContainers,
} from "../../shared/containers.ts";
import { definedTasks } from "../../shared/task-roles.ts";

const FARGATE_LOG_DRIVERS = new Set(["awslogs", "splunk", "awsfirelens"]);

export const logConfigurationCheck: Check = {
  id: "log-configuration",
  question: "logs",
  title:
    "Containers have a log driver that Fargate supports, its required options and an existing log group",
  severity: "error",
  ids: ["LOG-01", "LOG-02", "LOG-03", "LOG-04", "LOG-08"],
  explanation:
    "Fargate supports the log drivers awslogs, splunk and awsfirelens. awslogs needs the options for group, region and stream prefix, ECS rejects options that it does not know, and the log group must exist in that region before the task starts. CloudWatch Logs keeps the events of a log group of the class DELIVERY for two days, and rejects another retention.",
  sources: [
    "Amazon ECS Developer Guide, “Send Amazon ECS logs to CloudWatch”",
    "Amazon CloudWatch Logs User Guide, “Log classes”",
  ],
  *run(context) {
    yield* checkOptions(context);
    yield* checkLogGroups(context);
    yield* checkLogClasses(context);
    for (const { resource, reason } of unknownContainers(context))
      yield unknownOutcome(resource.address, reason, "LOG-03");
  },
};

/** Log drivers and their options. */
function* checkOptions(context: CheckContext): Iterable<CheckOutcome> {
  for (const { resource, containers } of knownContainers(context)) {
    if (!isFargate(resource)) continue;
    const { address } = resource;
    for (const container of containers) {
      const log = objectAt(container, "logConfiguration");
      const driver = log["logDriver"];
      const name = String(container["name"]);
      if (driver === undefined) continue;
      if (!FARGATE_LOG_DRIVERS.has(formatValue(driver))) {
        yield fail(
          address,
          "LOG-04",
          `container ${name} uses the log driver ${formatValue(driver)}, which Fargate does not support`,
        );
        continue;
      }
      if (
        driver === "awsfirelens" &&
        !containers.some(
          (other) => Object.keys(objectAt(other, "firelensConfiguration")).length > 0,
        )
      ) {
        yield fail(
          address,
          "LOG-04",
          `container ${name} uses the log driver awsfirelens, but no container has a firelensConfiguration`,
        );
        continue;
      }
      const options = objectAt(log, "options");
      const missing =
        driver === "awslogs"
          ? ["awslogs-group", "awslogs-region", "awslogs-stream-prefix"].filter(
              (key) => options[key] === undefined,
            )
          : [];
      if (missing.length > 0)
        yield fail(address, "LOG-03", `container ${name} does not set ${missing.join(", ")}`, {
          awsError: awsErrorOf("awslogs-option-missing", { option: missing[0] }),
        });
      else if (driver === "awslogs") yield* checkAwslogsOptions(address, name, options);
      else yield pass(address);
    }
  }
}

/** The options of the log driver awslogs that ECS rejects. */
function* checkAwslogsOptions(
  address: string,
  name: string,
  options: Json,
): Iterable<CheckOutcome> {
  const disallowed = Object.keys(options).filter((key) => !awslogsOptions.includes(key));
  const createsGroup = options["awslogs-create-group"];
  if (disallowed.length > 0)
    yield fail(
      address,
      "LOG-03",
      `container ${name} sets ${disallowed.join(", ")}, which the log driver awslogs does not have`,
      {
        fix: "Remove the option",
        awsError: awsErrorOf("awslogs-option-disallowed", { options: disallowed.join(", ") }),
      },
    );
  else if (typeof createsGroup === "string" && createsGroup !== "true")
    yield fail(
      address,
      "LOG-03",
      `container ${name} sets awslogs-create-group to ${createsGroup}, but ECS only accepts true`,
      {
        fix: "Remove awslogs-create-group",
        awsError: awsErrorOf("awslogs-create-group"),
      },
    );
  else yield pass(address);
}

/** Log groups of containers. */
function* checkLogGroups(context: CheckContext): Iterable<CheckOutcome> {
  const { plan } = context;
  for (const { definition, resource } of definedTasks(context)) {
    for (const { log } of definition.containers) {
      if (log?.driver !== "awslogs" || log.createsGroup || log.group === undefined) continue;
      const { address } = resource;
      const { region } = accountAndRegionAt(
        plan,
        typeof log.group === "string" || isUnknown(log.group) ? resource : log.group,
      );
      if (isUnknown(log.group)) yield unknownOutcome(address, log.group, "LOG-01");
      else if (typeof log.group === "object" && log.group.value("log_group_class") === "DELIVERY")
        yield unknownOutcome(
          address,
          `whether awslogs can write to ${log.group.address}, whose class is DELIVERY`,
          "LOG-08",
        );
      else if (log.region !== undefined && region !== undefined && log.region !== region)
        yield typeof log.group === "string"
          ? unknownOutcome(address, `whether ${log.group} is in ${log.region}`, "LOG-02")
          : fail(
              address,
              "LOG-02",
              `it writes logs to ${log.region}, but ${log.group.address} is in ${region}`,
              {
                awsError: awsErrorOf("log-group-not-found"),
              },
            );
      else if (typeof log.group !== "string") yield pass(address);
      else if (
        plan.planJson.kind === "plan" ||
        plan.resourcesOfType("aws_cloudwatch_log_group").length > 0
      ) {
        const logGroups = plan
          .resourcesOfType("aws_cloudwatch_log_group")
          .filter(({ mode }) => mode === "managed");
        const unknownValue = logGroups.find((group) => isUnknown(group.value("name")));
        // Another root module may manage the log group if this plan contains no log groups.
        if (unknownValue)
          yield unknownOutcome(address, `the name of ${unknownValue.address} is unknown`, "LOG-01");
        else if (logGroups.length === 0)
          yield unknownOutcome(address, `whether the log group ${log.group} exists`, "LOG-01");
        else
          yield fail(
            address,
            "LOG-01",
            `it writes logs to ${log.group}, but this plan contains only ${logGroups
              .map((group) => String(group.value("name")))
              .slice(0, 3)
              .join(", ")}`,
            {
              awsError: awsErrorOf("log-group-not-found"),
            },
          );
      } else yield unknownOutcome(address, `whether the log group ${log.group} exists`, "LOG-01");
    }
  }
}

/** The retention of log groups of the class DELIVERY. */
function* checkLogClasses({ plan }: CheckContext): Iterable<CheckOutcome> {
  for (const group of plan.resourcesOfType("aws_cloudwatch_log_group")) {
    if (group.mode !== "managed" || group.value("log_group_class") !== "DELIVERY") continue;
    const retention = group.number("retention_in_days");
    const isConfigured = retention !== undefined && retention !== 0;
    yield isConfigured
      ? fail(
          group.address,
          "LOG-08",
          "CloudWatch Logs rejects retention_in_days for a log group of the class DELIVERY",
        )
      : fail(
          group.address,
          "LOG-08",
          "every plan changes retention_in_days from 2 to 0, and CloudWatch Logs rejects the change",
          { severity: "warning", fix: "Add retention_in_days to ignore_changes of its lifecycle" },
        );
  }
}
