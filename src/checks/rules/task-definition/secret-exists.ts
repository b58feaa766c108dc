import { isUnknown } from "../../../plan/plan-model.ts";
import { isJson } from "../../../plan/plan-json.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { definedTasks } from "../../shared/task-roles.ts";

export const secretExistsCheck: Check = {
  id: "secret-exists",
  question: "secrets",
  title: "secrets that containers are given have a value, and the key that is asked for",
  severity: "error",
  ids: ["TD-10", "TD-11", "TD-12", "RACE-07"],
  explanation:
    "A secret without a version has no AWSCURRENT; a parameter must be of the task's own account; a key that is asked for must be in the secret's JSON.",
  sources: [
    "Amazon ECS Developer Guide, “Pass Secrets Manager secrets through Amazon ECS environment variables”",
  ],
  *run(context) {
    const { plan, accountAndRegion } = context;
    for (const { workload, definition, resource } of definedTasks(context)) {
      const { address } = resource;
      for (const { kind, text, resource: found } of definition.containers.flatMap(
        (container) => container.secrets,
      )) {
        const account = text?.startsWith("arn:") === true ? text.split(":")[4] : undefined;
        if (
          kind === "ssm" &&
          account !== undefined &&
          accountAndRegion.account !== undefined &&
          account !== accountAndRegion.account
        ) {
          yield fail(address, "TD-12", `the parameter ${text ?? ""} is of the account ${account}`, {
            awsError:
              "ClientException: The Systems Manager parameter ARN has a different account ID than the current account. Cross-account access for ARNs is not currently supported.",
          });
          continue;
        }
        if (!found) {
          yield unknownOutcome(address, `whether ${text ?? "the secret"} is there`, "TD-11");
          continue;
        }
        if (found.type !== "aws_secretsmanager_secret") {
          yield pass(address);
          continue;
        }
        const version = plan
          .referrersOf(
            found,
            ["aws_secretsmanager_secret_version"],
            ["aws_secretsmanager_secret"],
            "secret_id",
          )
          .find((otherResource) => otherResource.mode === "managed");
        if (!version) {
          const isNew = found.isNew;
          yield isNew
            ? fail(address, "TD-11", `${found.address} is made without a value`, {
                awsError:
                  "ResourceInitializationError: … ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
                fix: "add an aws_secretsmanager_secret_version, or put the value there before the first task starts",
                severity: "warning",
              })
            : unknownOutcome(address, `whether ${found.address} has a value`, "TD-11");
          continue;
        }
        const waits =
          workload.resource?.dependsOn(version) !== false || resource.dependsOn(version);
        // A schedule starts nothing while it is made.
        if (version.isNew && workload.resource && workload.kind !== "schedule" && !waits)
          yield fail(workload.name, "RACE-07", `it does not wait for ${version.address}`, {
            severity: "warning",
            awsError:
              "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
            fix: `name ${version.address}.arn, or add it to depends_on`,
          });
        const keys = text === undefined ? plan.secretKeys : [text.split(":")[7] ?? ""];
        const asked = keys?.filter((key) => key !== "");
        const value = version.value("secret_string");
        if (!asked)
          yield unknownOutcome(
            address,
            `which key of ${found.address} is asked for is known after apply`,
            "TD-10",
          );
        else if (asked.length === 0) yield pass(address);
        else if (typeof value !== "string")
          yield unknownOutcome(
            address,
            isUnknown(value) ? value : `the value of ${version.address} is not known`,
            "TD-10",
          );
        else {
          const missed = asked.find((entry) => !has(value, entry));
          // Keys of all secrets together may not be this one's.
          if (
            missed !== undefined &&
            text === undefined &&
            plan.resourcesOfType("aws_secretsmanager_secret").length > 1
          )
            yield unknownOutcome(
              address,
              `whether ${missed} is asked of ${found.address}`,
              "TD-10",
            );
          else if (missed === undefined) yield pass(address);
          else
            yield fail(address, "TD-10", `${version.address} has no key ${missed}`, {
              awsError: `ResourceInitializationError: … retrieved secret from Secrets Manager did not contain json key ${missed}`,
            });
        }
      }
    }
  },
};

function has(text: string, key: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) && key in value;
  } catch {
    return false;
  }
}
