import { formatValue, isUnknown } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import {
  isFargate,
  objectAt,
  unknownContainers,
  knownContainers,
} from "../../shared/containers.ts";
import { definedTasks } from "../../shared/task-roles.ts";

const ON_FARGATE = new Set(["awslogs", "splunk", "awsfirelens"]);

export const logConfigurationCheck: Check = {
  id: "log-configuration",
  question: "logs",
  title: "containers log to a group that is there, with every option that Fargate asks for",
  severity: "error",
  ids: ["LOG-01", "LOG-02", "LOG-03", "LOG-04"],
  explanation:
    "Fargate takes awslogs, splunk and awsfirelens; awslogs needs group, region and stream prefix, and the group must be there in that region before the task starts.",
  sources: ["Amazon ECS Developer Guide, “Send Amazon ECS logs to CloudWatch”"],
  *run(context) {
    const { plan, accountAndRegion } = context;
    for (const { resource, containers } of knownContainers(context)) {
      if (!isFargate(resource)) continue;
      const { address } = resource;
      for (const container of containers) {
        const log = objectAt(container, "logConfiguration");
        const driver = log["logDriver"];
        const name = String(container["name"]);
        if (driver === undefined) continue;
        if (!ON_FARGATE.has(formatValue(driver))) {
          yield fail(
            address,
            "LOG-04",
            `container ${name} logs by ${formatValue(driver)}, which Fargate has not`,
            {
              awsError: `ClientException: Log driver ${formatValue(driver)} is not supported for FARGATE`,
            },
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
            `container ${name} logs by awsfirelens, and no container is a router`,
            { awsError: "ClientException: a container with firelensConfiguration is required" },
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
          yield fail(address, "LOG-03", `container ${name} does not say ${missing.join(", ")}`, {
            awsError: `ClientException: Fargate requires log configuration options to include ${missing[0] ?? ""} to support log driver awslogs.`,
          });
        else yield pass(address);
      }
    }
    for (const { definition, resource } of definedTasks(context)) {
      for (const { log } of definition.containers) {
        if (log?.driver !== "awslogs" || log.creates || log.group === undefined) continue;
        const { address } = resource;
        if (isUnknown(log.group)) yield unknownOutcome(address, log.group, "LOG-01");
        else if (
          log.region !== undefined &&
          accountAndRegion.region !== undefined &&
          log.region !== accountAndRegion.region
        )
          yield typeof log.group === "string"
            ? unknownOutcome(address, `whether ${log.group} is in ${log.region}`, "LOG-02")
            : fail(
                address,
                "LOG-02",
                `it logs to ${log.region}, and ${log.group.address} is in ${accountAndRegion.region}`,
                {
                  awsError:
                    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
                },
              );
        else if (typeof log.group !== "string") yield pass(address);
        else if (
          plan.shown.kind === "plan" ||
          plan.resourcesOfType("aws_cloudwatch_log_group").length > 0
        ) {
          const near = plan
            .resourcesOfType("aws_cloudwatch_log_group")
            .filter((cloudwatchLogGroup) => cloudwatchLogGroup.mode === "managed");
          const unknownValue = near.find((otherResource) => isUnknown(otherResource.value("name")));
          // Another stack may have made it, where this one makes no log groups at all.
          if (unknownValue)
            yield unknownOutcome(
              address,
              `the name of ${unknownValue.address} is not known`,
              "LOG-01",
            );
          else if (near.length === 0)
            yield unknownOutcome(address, `whether the log group ${log.group} is there`, "LOG-01");
          else
            yield fail(
              address,
              "LOG-01",
              `it logs to ${log.group}, and this plan makes ${near
                .map((otherResource) => String(otherResource.value("name")))
                .slice(0, 3)
                .join(", ")}`,
              {
                awsError:
                  "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
              },
            );
        } else
          yield unknownOutcome(address, `whether the log group ${log.group} is there`, "LOG-01");
      }
    }
    for (const { resource, reason } of unknownContainers(context))
      yield unknownOutcome(resource.address, reason, "LOG-03");
  },
};
